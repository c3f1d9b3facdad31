"""Which entry of a week applies, and for how long: against looking back quarter by quarter."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.core.schedule import (
    EVERY_DAY,
    QUARTER_S,
    QUARTERS_PER_WEEK,
    WEEK_S,
    Week,
    second_of_week,
)
from tests.core.weeks import applies, begins, entries


@settings(max_examples=100)
@given(entries(24))
def test_what_started_last_applies_in_every_quarter_hour_of_the_week(made):
    week = Week(made)
    found = [week.order[week.place(quarter)] for quarter in range(QUARTERS_PER_WEEK)]
    assert found == [applies(made, quarter) for quarter in range(QUARTERS_PER_WEEK)]


@settings(max_examples=60)
@given(entries(), st.integers(0, WEEK_S - 1), st.integers(-2, 2))
def test_the_next_start_comes_when_one_walks_there(made, second, off_s):
    week = Week(made)
    for at_s in (second, (second // QUARTER_S * QUARTER_S + off_s) % WEEK_S):
        left_s = week.left_s(at_s)
        quarters = [quarter for quarter in range(QUARTERS_PER_WEEK)
                    if begins(made, quarter) is not None]
        if len(quarters) == 1:
            assert left_s is None
            continue
        waits = [(quarter * QUARTER_S - at_s) % WEEK_S or WEEK_S for quarter in quarters]
        assert left_s == min(waits)


def test_second_by_second_through_a_week():
    made = [(0b0011111, 32), (0b1100000, 40), (EVERY_DAY, 88), (0b0000001, 0)]
    week, until_s = Week(made), 0
    for second in range(WEEK_S):
        starts = second % QUARTER_S == 0 and begins(made, second // QUARTER_S) is not None
        assert starts is (second == until_s)
        if starts:
            until_s = second + week.left_s(second)
        if second % 613 == 0:
            assert week.left_s(second) == until_s - second
    assert until_s == WEEK_S


def test_one_start_a_week_lasts_for_ever_and_one_of_every_day_starts_anew():
    assert Week([(0b1000, 20)]).left_s(0) is None
    daily = Week([(EVERY_DAY, 20)])
    assert daily.left_s(20 * 900) == 86_400 and daily.left_s(20 * 900 - 1) == 1


def test_a_step_of_sunday_evening_lasts_over_midnight_into_monday():
    week = Week([(0b1000000, 92), (0b0000001, 24)])
    assert [week.order[week.place(quarter)] for quarter in (0, 23, 24, 671)] == [0, 0, 1, 0]


def test_two_that_start_at_once_clash():
    assert Week([(0b11, 8), (0b10, 8)]).clashes()
    assert not Week([(0b01, 8), (0b10, 8), (0b11, 9)]).clashes()


@given(st.integers(1, 2**32 - 1), st.integers(-840, 840))
def test_the_local_second_of_the_week_is_the_calendars(wall_s, offset_min):
    local = datetime.fromtimestamp(wall_s, UTC) + timedelta(minutes=offset_min)
    since_midnight_s = local.hour * 3_600 + local.minute * 60 + local.second
    assert second_of_week(wall_s, offset_min) == local.weekday() * 86_400 + since_midnight_s


@pytest.mark.parametrize(("wall_s", "offset_min", "second"), [
    (345_600, 0, 0),  # Monday 5 January 1970
    (345_600, -1, WEEK_S - 60), (345_599, 0, WEEK_S - 1), (345_599, 1, 59)])
def test_the_week_begins_on_monday_at_local_midnight(wall_s, offset_min, second):
    assert second_of_week(wall_s, offset_min) == second
