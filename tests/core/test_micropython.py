"""The core decides the same on MicroPython as on CPython, byte for byte, in the Pico's heap."""

import pytest

from pump.core.guard import BOLUS, CLINICIAN, PRIME
from tests.core.traces import EVENTS, SEEDS, of_cpython, seen, trace
from thecal_wire import codes

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


@pytest.fixture(scope="module")
def traces(micropython):
    """For each seed what CPython printed and what MicroPython did."""
    small = [*micropython, "-X", "heapsize=180k"]
    return {seed: (of_cpython(seed), trace(small, seed)) for seed in SEEDS}


@pytest.mark.parametrize("seed", SEEDS)
def test_both_print_the_same_trace(traces, seed):
    one_text, other_text = traces[seed]
    for one, other in zip(one_text.splitlines(), other_text.splitlines(), strict=False):
        assert one.decode() == other.decode()
    assert one_text == other_text
    told = [line for line in one_text.splitlines() if not line.startswith(b"count: ")]
    assert len(told) == EVENTS


def test_the_traces_went_through_everything_that_matters(traces):
    counted = set[str]().union(*[seen(text) for text, _ in traces.values()])
    assert set(SEEN) - counted == set()


def test_another_seed_is_another_day(traces):
    assert len({text for text, _ in traces.values()}) == len(SEEDS)
