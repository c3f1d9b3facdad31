"""The whole dosing core at random, against an oracle that was written from docs/dosing.md.

The real firmware, from recovery to the loop, runs in this process on a board of plain Python.

    programmes.py  random prescriptions, and what they mean to the oracle
    body.py        the board: flash, sensors, clocks, button; it counts the strokes
    judge.py       the oracle as a judge of a pump that also loses time; on top of
    flows.py       the oracle with an account of flow
    fast.py        two of its questions, answered faster
    clockwork.py   the oracle's clock in leaps
    life.py        one pump's life, of three more parts:
    overheard.py     what the firmware tells
    restarts.py      power cuts and watchdog resets
    happenings.py    what happens next
    mutants.py     wrong versions that the run has to find
    run.py         `python -m tests.proof.run`: many lives
"""
