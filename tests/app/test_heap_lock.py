"""No control step of the pump asks the heap for memory, in any mode: on MicroPython's unix port.

The body is still_board.py, which takes none itself. tests/emulated/test_heap_lock.py does the same
in the image, with the Pico's own body and its small integers of 31 bits.
"""

import os
import subprocess
from pathlib import Path

import pytest

from tests.app.steps_told import check

ROOT = Path(__file__).resolve().parents[2]
BOARD = ROOT / "tests" / "app" / "still_board.py"
# As a slip in the firmware would: after the import of the module that it is in.
PLANTED = """
from pump.app import delivery
real = {what}
def wrong(pump):
    {does}
    return real(pump)
{what} = wrong
"""
SLIPS = {
    "a list in a look": ("delivery.look", "pump.seen = [0, 1]"),
    "a text in a stroke": ("delivery.stroke", "pump.last = 'stroke %d' % pump.tally.total"),
    "a tuple of names": ("delivery.look", "pump.clock.s in (pump.boot_s, pump.tidied_s)"),
}


def told(micropython: list[str], code: str) -> str:
    paths = os.pathsep.join([str(ROOT / "firmware"), str(ROOT)])
    done = subprocess.run([*micropython, "-X", "heapsize=8m", "-c", code], cwd=ROOT, check=False,
                          env={**os.environ, "MICROPYPATH": paths}, timeout=60,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(planted: str = "") -> str:
    """Code that lives all modes."""
    return f"from tests.app.still_board import live_still\n{planted}\nlive_still()\n"


def test_no_control_step_takes_memory(micropython):
    check(told(micropython, run()))


@pytest.mark.parametrize("slip", SLIPS)
def test_one_that_does_is_seen(micropython, slip):
    what, does = SLIPS[slip]
    assert "MemoryError" in told(micropython, run(PLANTED.format(what=what, does=does)))
