"""The long proofs: `make prove PART=...`; each writes build/prove/PART.json.

    progress.py  a bar on a terminal
    core/      random lives of the whole pump against an oracle of its own
    faults/    every fault of the parts of the bench board, against its bound
    guard/     the guard itself, small, through every order of events
    parity/    the virtual pump and the image on the emulated Pico live the same hour
    powercut/  power goes at any instant: nothing may be lost
    starvation/  power that comes and goes for two days: neither overdose nor silence
"""
