"""Figures against limits: `make bench` writes build/bench/bench.json.

    figures.py   one figure: id, value, unit, goal, and whether it holds
    pico.py      the real image on the emulated Pico, in simulated time
    rawport.py   a plain loop that writes to the same USB port
    virtual.py   the virtual pump
"""
