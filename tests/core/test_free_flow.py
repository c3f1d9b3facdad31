"""Does drug flow while the rotor stands still: two looks in a row, and a zero that hides little."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pump.core.free_flow import ZERO_MAX_RAW, FreeFlow

LIMIT_RAW = 30  # 3.0 uL/min


def seen(readings, zero_raw=0):
    watch = FreeFlow(LIMIT_RAW)
    watch.zero(zero_raw)
    for flow_raw in readings:
        watch.look(flow_raw)
    return watch


@pytest.mark.parametrize(
    ("readings", "suspected", "present"),
    [([29, 29], False, False), ([30], True, False), ([30, 29], False, False),
     ([30, 30], False, True), ([30, 29, 30], True, False), ([5_000] * 9, False, True)],
)
def test_two_looks_in_a_row_at_the_threshold_are_free_flow(readings, suspected, present):
    watch = seen(readings)
    assert (watch.suspected(), watch.present()) == (suspected, present)


def test_a_clinician_makes_it_look_anew():
    watch = seen([30, 30])
    watch.reset()
    assert not watch.present() and not watch.suspected()
    watch.look(30)
    assert watch.suspected()


@given(st.integers(-ZERO_MAX_RAW, ZERO_MAX_RAW))
def test_the_threshold_follows_the_sensors_zero(zero_raw):
    assert seen([], zero_raw).threshold_raw() == zero_raw + LIMIT_RAW
    assert not seen([zero_raw + LIMIT_RAW - 1] * 2, zero_raw).present()
    assert seen([zero_raw + LIMIT_RAW] * 2, zero_raw).present()


@given(st.integers(-ZERO_MAX_RAW, ZERO_MAX_RAW), st.integers(ZERO_MAX_RAW + 1, 3_000))
def test_a_zero_that_may_be_real_flow_is_not_adopted(zero_raw, too_large):
    watch = seen([], zero_raw)
    for false in (too_large, -too_large):
        watch.zero(false)
        assert watch.threshold_raw() == zero_raw + LIMIT_RAW


def test_flow_above_the_stated_floor_does_not_hide_itself_in_the_zero():
    """4 uL/min, also when it crept in as the zero of stroke after stroke."""
    for flow_raw in range(LIMIT_RAW + ZERO_MAX_RAW, 200):
        watch = seen([])
        for zero_raw in range(flow_raw + 1):
            watch.zero(zero_raw)
        watch.look(flow_raw)
        watch.look(flow_raw)
        assert watch.present()
