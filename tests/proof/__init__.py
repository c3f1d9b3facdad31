"""The whole dosing core at random, against an oracle that was written from docs/dosing.md.

The real firmware, from recovery to the loop, runs in this process on a board of plain Python.

    programmes.py  random prescriptions, and what they mean to the oracle
    body.py        the board: flash, sensors, clocks, button; it counts the strokes
    judge.py       the oracle, with its account of flow and of lost time
    clockwork.py   the oracle's clock in leaps
    life.py        one pump's life: what happens next
    mutants.py     wrong versions that the run has to find
    run.py         `python -m tests.proof.run`: many lives
"""
