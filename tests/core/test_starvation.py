"""Too little is an alarm: after two intervals, two starts without a stroke, three lockouts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pump.core.starvation import bolus_locked_out, starved


@pytest.mark.parametrize(
    ("interval_ms", "silent_s", "alarm"),
    [(90_000, 181, False), (90_000, 182, True), (522_000, 1_045, False), (522_000, 1_046, True),
     (720, 2, False), (720, 3, True), (900, 2, False), (900, 3, True)],
)
def test_two_intervals_without_a_stroke_are_an_alarm(interval_ms, silent_s, alarm):
    assert starved(10_000 + silent_s, 10_000, interval_ms, 0) is alarm


@given(st.integers(720, 522_000), st.integers(0, 10**9), st.integers(0, 3_000), st.integers(0, 1))
def test_it_is_told_within_two_seconds_of_two_intervals_and_never_before(
    interval_ms, last_s, silent_s, boots
):
    told = starved(last_s + silent_s, last_s, interval_ms, boots)
    # Whole seconds at both ends: the true silence is within a second of silent_s.
    if (silent_s + 1) * 1000 <= 2 * interval_ms:
        assert not told
    if (silent_s - 2) * 1000 >= 2 * interval_ms:
        assert told


@pytest.mark.parametrize(("boots", "alarm"), [(0, False), (1, False), (2, True), (255, True)])
def test_the_second_start_without_a_stroke_is_an_alarm(boots, alarm):
    assert starved(0, 0, 90_000, boots) is alarm


def test_without_basal_nobody_is_starved():
    assert not starved(10**9, 0, 0, 255)


@pytest.mark.parametrize(("restarts", "alarm"), [(0, False), (2, False), (3, True), (255, True)])
def test_the_third_lockout_restart_in_a_row_locks_the_patient_out(restarts, alarm):
    assert bolus_locked_out(restarts) is alarm
