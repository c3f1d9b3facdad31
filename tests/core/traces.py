"""Runs scenario.py as a process of its own, on CPython or on MicroPython."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = ROOT / "tests" / "core" / "scenario.py"
FIRMWARE = ROOT / "firmware"

SEEDS = [12, 14, 19]  # the image on the emulated Pico lives the beginning of the first
EVENTS = 10_000  # in each


def trace(command: list[str], seed: int, events: int = EVENTS) -> bytes:
    """What the scenario prints: a line for each event, then how often what happened."""
    environment = {**os.environ, "PYTHONPATH": str(FIRMWARE), "MICROPYPATH": str(FIRMWARE)}
    done = subprocess.run([*command, str(SCENARIO), str(seed), str(events)], env=environment,
                          timeout=120, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2_000:] + done.stdout.decode()[-2_000:]
    return done.stdout


def of_cpython(seed: int, events: int = EVENTS) -> bytes:
    """The one that the others are compared with."""
    return trace([sys.executable], seed, events)


def seen(text: bytes) -> set[str]:
    """What happened at least once."""
    lines = text.decode().splitlines()
    return {line.removeprefix("count: ").rsplit(" ", 1)[0]
            for line in lines if line.startswith("count: ")}
