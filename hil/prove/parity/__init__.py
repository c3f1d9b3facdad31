"""The same script on the virtual pump and on the image: do both live the same hour?

    script.py    the scripted hour, its short form, and what a rig saw of it
    compare.py   two rigs' hours side by side: every difference that is too large
"""
