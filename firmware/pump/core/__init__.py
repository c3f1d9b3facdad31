"""What to deliver and what is allowed.

Pure: no machine, no time, no input or output, no files. Time comes in as an
argument, volumes are whole nL or strokes, and everything that the control
step touches stays below 2^30, the small integers of the Pico. Runs on
MicroPython and on CPython.

Where is what decided? The guard's side:

    guard.py         may this stroke, this bolus happen
    bolus_rule.py    why a bolus is refused; prime_rule.py: a priming bolus
    window_rule.py   does a bolus fit the dose limits, now and in the coming windows
    lockout.py       how long the patient bolus stays locked
    ledger.py        strokes and grants of the last 24 h
    limits.py        the guard's own record of limits
    conditions.py    temperature and battery
    occlusion.py     is the line blocked; free_flow.py: does drug flow unasked

What is wanted:

    prescription.py  is this prescription complete and within the device's limits
    programme.py     what it means in volumes, strokes and times
    envelope.py      the most that it can give in any span
    schedule.py      the week of steps and profiles; flex.py: which step applies now
    therapy.py       what is wanted now; bolus_flow.py: a bolus beside basal
    flow.py          turns the rate into strokes
    wear.py          what a stroke moves by now

What is watched:

    stroke_check.py  did the stroke turn and move fluid (stall, dry reservoir)
    infusion_check.py  too much or too little over 40 strokes
    unasked.py       did the rotor turn by itself
    starvation.py    does the patient get too little; pauses.py: pauses too long, too many
    reservoir.py     how much drug is left, and until when
    alarms.py        what is wrong now; safe_rate.py: the flow that is left
    button.py        what the patient's finger meant

clock.py is pump time, units.py volumes, doses and how they round.
"""
