"""Power goes in the midst of therapy, at very many places: nothing may be lost.

    witness.py   what a rig saw of a script, and the judge
    hour.py      the scripted hour on the virtual pump, cut at its k-th hal message
    brief.py     two minutes of the image on the emulated Pico, cut in its flash operations
                 and at any instant
    campaign.py  many cuts of either, in parallel
"""
