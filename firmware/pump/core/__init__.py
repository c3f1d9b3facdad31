"""What to deliver and what is allowed.

Pure: no machine, no time, no input or output, no files. Time comes in as an
argument, volumes are whole nL or strokes, and everything that the control
step touches stays below 2^30, the small integers of the Pico. Runs on
MicroPython and on CPython.

Where is what decided?

    what was ordered
      prescription.py    is this prescription complete and within the device's limits
      programme.py       what it means in strokes; envelope.py: the most it can give in a span
      schedule.py        the week as starts of steps and profiles, in local time
      limits.py          the guard's own record of limits, and the least time between strokes
    what is wanted
      therapy.py         which rate now; bolus_flow.py: a bolus's share of it
      flex.py            which step of basal applies, also by a wall clock that was set or lost
      flow.py            a rate turned into strokes that are due
    what is allowed
      guard.py           may this stroke be made; in which phase are we
      bolus_rule.py      may a patient or clinician bolus start, or why not (count, lockout ...)
      window_rule.py     does it fit the dose limits, now and in the coming window
      prime_rule.py      may a priming bolus start, and how much may be primed between refills
      lockout.py         until when the patient bolus is locked; guard.py, app/recovery.py and
                         app/orders.py say when it begins
      ledger.py          the strokes and grants of the last 24 h, by quarter hour
    what is seen
      stroke_check.py    did the stroke turn the rotor and move fluid (stall, dry reservoir)
      infusion_check.py  does as much fluid move as should (over- and under-infusion)
      wear.py            what one stroke moves by now
      occlusion.py       is the line blocked
      free_flow.py       does drug flow without a stroke
      unasked.py         did the rotor turn without permission
      reservoir.py       how much is left, empty, low, refill by when
      conditions.py      temperature and battery
      starvation.py      does the patient get too little
      pauses.py          stopped for too long, stopped and started too often
      button.py          what the patient's finger meant
      alarms.py          what is wrong now; safe_rate.py: the flow that is left
    with what
      clock.py           pump time, which nobody can set; wall time is the board's
      units.py           nL, pL, ng, ms and which way they round
"""
