"""The long proofs: `make prove PART=...`; each writes build/prove/PART.json.

    powercut/  power goes at any hal message of a scripted hour
"""
