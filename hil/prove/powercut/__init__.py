"""Power goes at the k-th hal message of a scripted hour, for many k: nothing may be lost.

    witness.py   what a rig saw of a script, and the judge
    hour.py      the scripted hour on the virtual pump
    campaign.py  many cuts, spread over all messages, in parallel
"""
