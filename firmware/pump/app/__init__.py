"""Wires the parts and runs the loop; the only place that knows all of them.

    pump.py      the parts of one pump, and its mode
    recovery.py  from power-on to the first turn
    loop.py      the tickless loop: one turn, feed the watchdog, sleep
    delivery.py  one stroke: ask the guard, mark, move, judge
    press.py     the patient's button
    bolus.py     a bolus of any kind: grant, end, and its place in the log
    alarming.py  alarms: raise, log, sound, and the rate they lead to
    desk.py      what the link may ask for; answers questions
    orders.py    prescribe, start, stop, calibrate, refill, clock
    dosing.py    a clinician's dose commands, each given once
    logstream.py a long piece of the log on its way out
    journal.py   the event log with both clocks, and the trace
"""
