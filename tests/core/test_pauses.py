"""48 hours without a stroke, and three stops by an alarm in ten minutes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pump.core.pauses import StopStarts, too_long

H48 = 172_800


@pytest.mark.parametrize(("since_s", "off_s", "long"), [
    (H48, 0, False), (H48 + 1, 0, True), (0, H48, False), (0, H48 + 1, True),
    (100_000, 72_800, False), (100_000, 72_801, True)])
def test_the_time_without_power_counts_as_far_as_it_is_known(since_s, off_s, long):
    assert too_long(10**6 + since_s, 10**6, off_s) is long


@given(st.lists(st.integers(0, 700), max_size=30))
def test_the_third_stop_within_ten_minutes_is_one_too_many(gaps_s):
    stops, now_s, at_s = StopStarts(), 1_000, []
    for gap_s in gaps_s:
        now_s += gap_s
        at_s.append(now_s)
        assert stops.stopped(now_s) is (len([s for s in at_s if now_s - s <= 600]) >= 3)


def test_the_first_stops_of_all_are_not_taken_for_old_ones():
    stops = StopStarts()
    assert [stops.stopped(now_s) for now_s in (0, 1, 2)] == [False, False, True]


def test_after_a_clinician_acted_it_counts_anew():
    stops = StopStarts()
    for now_s in (0, 1, 2):
        stops.stopped(now_s)
    stops.reset()
    assert [stops.stopped(now_s) for now_s in (3, 4, 5)] == [False, False, True]
