"""The long proofs: `make prove PART=...`; each writes build/prove/PART.json.

    progress.py  a bar on a terminal
    parity/    the virtual pump and the image on the emulated Pico live the same hour
    powercut/  power goes at any instant: nothing may be lost
"""
