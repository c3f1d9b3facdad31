"""What control_steps.py must print, whichever body it ran on."""

from pathlib import Path

SOURCE = Path(__file__).with_name("control_steps.py")
WANTED = 4  # steps with a stroke, and as many that only look
# Each mode, and what ran at its end: control_steps.holds.
HELD = {
    "simple": "running phase 1",
    "patient bolus": "running patient phase 2",
    "clinician bolus": "running clinician phase 3",
    "clinician bolus, pre-empted": "running patient paused phase 2",
    "stopped": "phase 0",
    "priming": "running patient priming phase 4",
    "minimum rate": "running minimum phase 5",
    "flex": "running flex phase 1",
    "periodic bolus": "running periodic phase 1",
}


def check(text: str) -> None:
    """Each mode ran, and enough locked steps of both kinds were made in it."""
    lines = text.splitlines()
    assert [line.split(": ")[0] for line in lines] == list(HELD), text
    for line, (mode, holds) in zip(lines, HELD.items(), strict=True):
        held, counts = line.removeprefix(mode + ": ").split("; ")
        strokes, looks, others = (int(count.split()[0]) for count in counts.split(", "))
        assert held == holds, line
        assert strokes == 0 if mode == "stopped" else strokes >= WANTED, line
        assert looks >= WANTED, line
        assert others <= 4, line  # what was not locked is the exception
