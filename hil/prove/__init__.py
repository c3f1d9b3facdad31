"""The long proofs: `make prove PART=...`; each writes build/prove/PART.json.

    guard/     the guard itself, small, through every order of events
    powercut/  power goes at any hal message of a scripted hour
"""
