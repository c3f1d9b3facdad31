"""A day in the life of a virtual pump: `make demo`.

    __main__.py  runs the day, writes build/demo, prints the table
    day.py       what happens when: presses, the power cut, the pinch
    judge.py     what the balance says, and what the log says
    picture.py   day.png
    table.py     what a clinician reads in the terminal
"""
