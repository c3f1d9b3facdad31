"""What must survive a power cut, on NOR flash.

    nor.py     the flash contract and the partition table
    pages.py   one tally page: header, body, marks
    tally.py   stroke marks before strokes, boluses, checkpoints (write-ahead dosing)
    rebuild.py windows, lockout and state from the tally alone
    events.py  the ring of event records
    slots.py   prescription with limits, calibration, settings, each in two alternating slots

NOR flash clears bits when it programs and sets them only when a whole block
is erased; so that a page may be programmed again to clear further bits.
"""
