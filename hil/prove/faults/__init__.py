"""Faults of the bench board's parts, one by one: `make prove PART=faults`.

    table.py  which faults, which alarm, which flow, how soon: data
    case.py   one fault in the running image on the emulated Pico, judged from outside
"""
