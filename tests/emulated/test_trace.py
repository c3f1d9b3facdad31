"""The dosing core that is frozen in the image decides the same as CPython, byte for byte.

The scenario of tests/core runs at the prompt of the development image. The core that it
imports is the frozen one, with integers of 31 bits and the Pico's heap.
"""

import pytest

from hil.plant import PlantSettings
from hil.rigs.emulated_rig import EmulatedRig
from hil.rigs.repl import Repl
from pump.core.guard import BOLUS, CLINICIAN
from tests.core.traces import SCENARIO, SEEDS, of_cpython, seen
from thecal_wire import codes

pytestmark = [pytest.mark.rig, pytest.mark.slow]

EVENTS = 2_000
AT_ONCE = 250  # a rig waits 20 s of simulated time for an answer
# Nothing is mounted, so what is imported is frozen; `__name__` keeps the scenario from starting.
BEGIN = """import os, sys
print(os.listdir("/"), sys.implementation.name)
__name__ = "scenario"
"""
# What the beginning of the day must have gone through to be worth comparing.
SEEN = {f"press {code}" for code in range(codes.GRANTED, codes.RESERVOIR + 1)}
SEEN |= {f"clinician {code}" for code in (codes.GRANTED, codes.DOSE_LIMIT, codes.BOLUS_ACTIVE)}
SEEN |= {f"prime {code}" for code in (codes.GRANTED, codes.PRIME_CAP)}
SEEN |= {f"bolus end {phase}" for phase in (BOLUS, CLINICIAN)}
SEEN |= {f"refusal {code}" for code in (0, 2, 3)}
SEEN |= {"pre-empted", "step", "wear", "frame", "free flow", "programme", "rate 1", "rate 2"}


@pytest.fixture(scope="module")
def expected() -> bytes:
    """What CPython says of the same events."""
    return of_cpython(SEEDS[0], EVENTS)


def test_the_image_prints_the_same_trace(dev_image, expected, record_property):
    lines = expected.decode().splitlines()
    with EmulatedRig(PlantSettings(seed=1), image=dev_image) as rig:
        rig.power_on()
        with Repl(rig) as repl:
            assert repl.run(BEGIN) == "[] micropython\n"
            repl.run(SCENARIO.read_text())
            repl.run(f"day = Day({SEEDS[0]})")
            for first in range(0, EVENTS, AT_ONCE):
                told = repl.run(f"live(day, {first}, {first + AT_ONCE})").splitlines()
                for line, same in zip(told, lines[first:], strict=False):
                    assert line == same
                assert told == lines[first:first + AT_ONCE]
            assert repl.run("count(day)").splitlines() == lines[EVENTS:]
        record_property("figure", f"trace in the image: {EVENTS} events, {len(expected)} bytes "
                        f"in {rig.now_s:.1f} s of simulated time")


def test_the_trace_is_worth_comparing(expected):
    assert seen(expected) >= SEEN
