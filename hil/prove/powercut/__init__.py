"""Power goes at the k-th hal message of a scripted hour, for many k: nothing may be lost.

    hour.py      the scripted hour, what the rig saw of it, and the judge
    campaign.py  many cuts, spread over all messages, in parallel
"""
