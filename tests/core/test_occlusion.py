"""A blocked line stops at once, resumes by itself a few times a day, and then waits for help."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.core.occlusion import DAY_S, RESUMES_MAX, Occlusion

LIMIT_PA = 50_000
HALF_PA = LIMIT_PA // 2


def block(occlusion, now_s):
    occlusion.look(LIMIT_PA, now_s)
    assert occlusion.blocked


def test_it_blocks_at_the_threshold_and_not_a_pascal_below():
    occlusion = Occlusion(LIMIT_PA)
    occlusion.look(LIMIT_PA - 1, 0)
    assert not occlusion.blocked
    block(occlusion, 0)


@pytest.mark.parametrize(
    ("pressure_pa", "blocked"),
    [(LIMIT_PA - 1, True), (HALF_PA, True), (HALF_PA - 1, False), (-5_000, False)],
)
def test_it_resumes_under_half_the_threshold(pressure_pa, blocked):
    occlusion = Occlusion(LIMIT_PA)
    block(occlusion, 0)
    occlusion.look(pressure_pa, 1)
    assert occlusion.blocked is blocked
    assert occlusion.resumes == (0 if blocked else 1)


def test_after_six_resumes_it_stays_until_a_clinician_acts():
    occlusion = Occlusion(LIMIT_PA)
    for now_s in range(RESUMES_MAX):
        assert not occlusion.latched()
        block(occlusion, now_s)
        occlusion.look(0, now_s)
        assert not occlusion.blocked
    block(occlusion, 100)
    for now_s in (101, 5_000, DAY_S - 1):
        occlusion.look(0, now_s)
        assert occlusion.blocked and occlusion.latched()
    occlusion.reset()
    assert not occlusion.blocked and not occlusion.latched()
    block(occlusion, DAY_S)
    occlusion.look(0, DAY_S)
    assert not occlusion.blocked


def test_a_day_later_it_may_resume_again():
    occlusion = Occlusion(LIMIT_PA)
    for now_s in range(RESUMES_MAX):
        block(occlusion, now_s)
        occlusion.look(0, now_s)
    occlusion.look(0, DAY_S)
    block(occlusion, DAY_S + 1)
    occlusion.look(0, DAY_S + 2)
    assert not occlusion.blocked


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(-1_000, 60_000)), max_size=60))
def test_it_never_resumes_above_half_and_never_runs_at_the_threshold(looks):
    occlusion, now_s = Occlusion(LIMIT_PA), 0
    for gap_s, pressure_pa in looks:
        now_s += gap_s
        was = occlusion.blocked
        occlusion.look(pressure_pa, now_s)
        if pressure_pa >= LIMIT_PA:
            assert occlusion.blocked
        elif pressure_pa >= HALF_PA:
            assert occlusion.blocked == was
        else:
            assert not occlusion.blocked or occlusion.latched()


def test_a_line_that_is_blocked_for_good_does_not_open_by_itself_the_next_day():
    occlusion = Occlusion(LIMIT_PA)
    for now_s in range(RESUMES_MAX):
        block(occlusion, now_s)
        occlusion.look(0, now_s)
    block(occlusion, 100)
    for now_s in (DAY_S, DAY_S + 101, 9 * DAY_S):
        occlusion.look(0, now_s)
        assert occlusion.blocked and occlusion.latched()


@settings(max_examples=200)
@given(st.integers(0, 10**9), st.lists(st.integers(0, 30_000), max_size=60))
def test_no_24_hours_hold_more_than_six_resumes(start_s, gaps):
    """Each time it may, it does; and with six in a day behind it, it waits for a clinician."""
    occlusion, resumed_s, now_s = Occlusion(LIMIT_PA), [], start_s
    for gap_s in gaps:
        now_s += gap_s
        occlusion.look(0, now_s)
        block(occlusion, now_s)
        in_day = sum(now_s - at_s < DAY_S for at_s in resumed_s)
        occlusion.look(0, now_s)
        assert occlusion.blocked is (in_day >= RESUMES_MAX)
        if occlusion.blocked:
            occlusion.reset()
            resumed_s.clear()
        else:
            resumed_s.append(now_s)
            assert occlusion.resumes == in_day + 1


@pytest.mark.parametrize("resumes", [0, 3, 5, 6, 63])
def test_resumes_that_a_restart_brought_back_count_for_another_day(resumes):
    occlusion, now_s = Occlusion(LIMIT_PA), 40 * DAY_S
    occlusion.recall(resumes, now_s)
    left = max(0, RESUMES_MAX - resumes)
    for _ in range(left):
        block(occlusion, now_s)
        occlusion.look(0, now_s)
        assert not occlusion.blocked
    assert occlusion.latched()
    occlusion.look(0, now_s + DAY_S - 1)
    assert occlusion.latched()
    occlusion.look(0, now_s + DAY_S)
    assert occlusion.resumes == 0


# --- the slope, from stroke to stroke ---------------------------------------------


def strokes(occlusion, pressures_pa):
    """Let strokes end at these pressures; the number of the one that blocked, or None."""
    for number, pressure_pa in enumerate(pressures_pa, 1):
        occlusion.stroke(pressure_pa, number)
        if occlusion.blocked:
            return number
    return None


def rising(from_pa, by_pa, times):
    return [from_pa + by_pa * (number + 1) for number in range(times)]


def test_twenty_strokes_in_a_row_that_each_raise_it_by_400_pa_block():
    assert strokes(Occlusion(LIMIT_PA), [10_000, *rising(10_000, 400, 20)]) == 21
    assert strokes(Occlusion(LIMIT_PA), [10_000, *rising(10_000, 400, 19)]) is None
    assert strokes(Occlusion(LIMIT_PA), [10_000, *rising(10_000, 399, 40)]) is None


def test_a_stroke_between_that_raises_it_less_begins_the_count_anew():
    first, second = rising(10_000, 400, 19), rising(18_000, 400, 20)
    assert strokes(Occlusion(LIMIT_PA), [10_000, *first, 17_999, *second[:19]]) is None
    assert strokes(Occlusion(LIMIT_PA), [10_000, *first, 17_999, *second]) == 21 + 20


def test_rises_up_to_10_kpa_are_the_back_pressure_of_a_free_line():
    assert strokes(Occlusion(LIMIT_PA), rising(0, 500, 20)) is None  # to 10,000 Pa
    assert strokes(Occlusion(LIMIT_PA), rising(0, 500, 39)) is None
    assert strokes(Occlusion(LIMIT_PA), rising(0, 500, 40)) == 40  # 20 of them above it


def test_a_line_blocked_by_its_slope_opens_under_half_of_where_it_stood_and_counts_anew():
    occlusion = Occlusion(LIMIT_PA)
    assert strokes(occlusion, [10_000, *rising(10_000, 500, 20)]) == 21  # at 20 kPa
    occlusion.look(10_000, 30)
    assert occlusion.blocked
    occlusion.look(9_999, 31)
    assert not occlusion.blocked and occlusion.resumes == 1
    assert strokes(occlusion, [10_000, *rising(10_000, 500, 19)]) is None
    block(occlusion, 60)  # by the threshold: half of that counts again
    occlusion.look(HALF_PA - 1, 61)
    assert not occlusion.blocked


def test_after_a_steep_rise_half_of_the_threshold_is_enough():
    occlusion = Occlusion(LIMIT_PA)
    strokes(occlusion, [10_000, *rising(10_000, 1_900, 19), 60_000])
    occlusion.look(HALF_PA, 30)
    assert occlusion.blocked
    occlusion.look(HALF_PA - 1, 31)
    assert not occlusion.blocked
