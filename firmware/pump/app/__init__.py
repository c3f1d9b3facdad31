"""Wires the parts and runs the loop; the only place that knows all of them.

    pump.py      the parts of one pump, and its mode
    recovery.py  from power-on to the first turn
    loop.py      the tickless loop: one turn, feed the watchdog, sleep
    delivery.py  one stroke: ask the guard, mark, move, judge
    bolus.py     the patient's press, the bolus's begin and end
    alarming.py  alarms: raise, log, sound, and the rate they lead to
    desk.py      what the link may ask for: status, prescribe, start, stop, log
    logstream.py a long piece of the log on its way out
    journal.py   the event log with both clocks, and the trace
"""
