"""Too little is an alarm: after two of the longest gaps, two starts without a stroke, three
lockouts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pump.core.starvation import bolus_locked_out, starved
from tests.core.parts import NO_BASAL, NO_BOLUS, PULSE, limits
from thecal_wire.prescription import EVERY_DAY


@given(st.integers(1, 200_000), st.integers(0, 10**9), st.integers(-1, 1), st.integers(0, 1))
def test_two_gaps_without_a_stroke_are_an_alarm_and_not_a_second_less(gap_s, last_s, off_s, boots):
    assert starved(last_s + 2 * gap_s + off_s, last_s, gap_s, boots) is (off_s > 0)


@pytest.mark.parametrize(("basal", "gap_s"), [(2_400_000, 91), (480_000, 451)])
def test_of_a_simple_basal_the_gap_is_its_interval(basal, gap_s):
    assert limits(basal_ng_per_day=basal).longest_gap_s == gap_s


@pytest.mark.parametrize(
    ("steps", "hours"),
    [([(0, 0), (32, 1)], 8), ([(0, 1), (40, 0), (80, 1)], 10), ([(0, 1), (88, 0)], 2),
     ([(8, 1), (88, 0)], 4)],
)
def test_a_step_that_gives_nothing_belongs_to_the_gap(steps, hours):
    """Quarter hours at which it starts, and whether it gives 10,000 nL/h or nothing."""
    steps = [(EVERY_DAY, start, 2_400_000 * on) for start, on in steps]
    its = limits(steps=steps, minimum_ng_per_day=0)
    assert its.longest_gap_s == hours * 3_600 + 91


def test_days_without_basal_count_whole():
    its = limits(steps=[(0b0010000, 0, 2_400_000), (0b0100000, 0, 0)], minimum_ng_per_day=0)
    assert its.longest_gap_s == 6 * 86_400 + 91  # Saturday to Thursday


def test_with_a_periodic_bolus_the_gap_is_no_longer_than_from_one_to_the_end_of_the_next():
    assert limits(**NO_BASAL, **PULSE).longest_gap_s == 3_900
    assert limits(**PULSE).longest_gap_s == 91


@pytest.mark.parametrize(("boots", "alarm"), [(0, False), (1, False), (2, True), (255, True)])
def test_the_second_start_without_a_stroke_is_an_alarm(boots, alarm):
    assert starved(0, 0, 90, boots) is alarm


def test_without_basal_nobody_is_starved():
    assert limits(**NO_BASAL).longest_gap_s == limits(**NO_BASAL, **NO_BOLUS).longest_gap_s == 0
    assert not starved(10**9, 0, 0, 255)


@pytest.mark.parametrize(("restarts", "alarm"), [(0, False), (2, False), (3, True), (255, True)])
def test_the_third_lockout_restart_in_a_row_locks_the_patient_out(restarts, alarm):
    assert bolus_locked_out(restarts) is alarm
