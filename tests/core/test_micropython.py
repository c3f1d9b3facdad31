"""The core decides the same on MicroPython as on CPython, byte for byte, in the Pico's heap."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pump.core.guard import BOLUS, CLINICIAN, PRIME
from thecal_wire import codes

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = ROOT / "tests" / "core" / "scenario.py"
FIRMWARE = ROOT / "firmware"

SEEDS = [1, 2, 3]
STEPS = 6_000

# What the days together must have gone through to be worth comparing.
SEEN = [f"press {code}" for code in range(codes.GRANTED, codes.RESERVOIR + 1)]
SEEN += [f"press {codes.UNAVAILABLE}"]
SEEN += [f"clinician {code}" for code in (
    codes.GRANTED, codes.DOSE_LIMIT, codes.BOLUS_ACTIVE, codes.NOT_RUNNING, codes.ALARM,
    codes.RESERVOIR, codes.TOO_SMALL)]
SEEN += [f"prime {code}" for code in (codes.GRANTED, codes.PRIME_CAP, codes.BOLUS_ACTIVE,
                                      codes.ALARM)]
SEEN += [f"bolus end {phase}" for phase in (BOLUS, CLINICIAN, PRIME)]
SEEN += [f"refusal {code}" for code in (0, 2, 3, 4, 5)]
SEEN += [f"button {meaning}" for meaning in range(6)]
SEEN += ["pre-empted", "step", "wear", "wear doubtful", "frame", "free flow", "problem",
         "programme", "rate 1", "rate 2"]


def trace(command, seed):
    environment = {**os.environ, "PYTHONPATH": str(FIRMWARE), "MICROPYPATH": str(FIRMWARE)}
    done = subprocess.run([*command, str(SCENARIO), str(seed)], env=environment, timeout=60,
                          capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2_000:] + done.stdout.decode()[-2_000:]
    return done.stdout


@pytest.fixture(scope="module")
def traces(micropython):
    """For each seed what CPython printed and what MicroPython did."""
    small = [*micropython, "-X", "heapsize=180k"]
    return {seed: (trace([sys.executable], seed), trace(small, seed)) for seed in SEEDS}


@pytest.mark.parametrize("seed", SEEDS)
def test_both_print_the_same_trace(traces, seed):
    of_cpython, of_micropython = traces[seed]
    for one, other in zip(of_cpython.splitlines(), of_micropython.splitlines(), strict=False):
        assert one.decode() == other.decode()
    assert of_cpython == of_micropython
    assert len(of_cpython.splitlines()) > STEPS


def test_the_traces_went_through_everything_that_matters(traces):
    lines = [line for text, _ in traces.values() for line in text.decode().splitlines()]
    counted = {line.removeprefix("count: ").rsplit(" ", 1)[0]
               for line in lines if line.startswith("count: ")}
    assert set(SEEN) - counted == set()


def test_another_seed_is_another_day(traces):
    assert len({text for text, _ in traces.values()}) == len(SEEDS)
