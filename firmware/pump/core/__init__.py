"""What to deliver and what is allowed.

Pure: no machine, no time, no input or output, no files. Time comes in as an
argument, volumes are whole nL or strokes, and everything that the control
step touches stays below 2^30, the small integers of the Pico. Runs on
MicroPython and on CPython.

Where is what decided?

    prescription.py  is this prescription complete and within the device's limits
    limits.py        the guard's own record of limits
    guard.py         may this stroke, this bolus happen
    lockout.py       how long the patient bolus stays locked, how many in 24 h
    window_rule.py   does a bolus fit the dose limit, now and in the coming window
    ledger.py        strokes of the last 24 h, by quarter hour
    therapy.py       what is wanted now; flow.py turns its rate into strokes
    stroke_check.py  did the stroke turn and move fluid (stall, dry reservoir)
    occlusion.py     is the line blocked; free_flow.py: does drug flow unasked
    starvation.py    does the patient get too little
    alarms.py        what is wrong now, and the safe rate it leads to
    button.py        what the patient's finger meant
"""
