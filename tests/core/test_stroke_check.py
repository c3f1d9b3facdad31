"""Did a stroke turn the rotor and move fluid: three in a row without are a stall, a dry line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.core.stroke_check import COUNTS_PER_STROKE, COUNTS_PER_TURN, StrokeCheck

STROKE_PL = 250_000
FULL = [490] + [500] * 13 + [510]  # 7,500 counts of 1/30 nL: 250 nL
HALF = COUNTS_PER_STROKE // 2


def stroke(check, moved=COUNTS_PER_STROKE, samples=FULL, zero_raw=0):
    check.judge(1_000, 1_000 + moved, zero_raw, samples)


@settings(max_examples=300)
@given(st.integers(0, COUNTS_PER_TURN - 1), st.integers(-COUNTS_PER_TURN // 2,
                                                        COUNTS_PER_TURN // 2 - 1))
def test_the_encoder_wraps_at_a_turn(before, moved):
    check = StrokeCheck(STROKE_PL)
    check.judge(before, (before + moved) % COUNTS_PER_TURN, 0, FULL)
    assert check.moved == moved


@given(st.integers(200_000, 290_000), st.integers(-200, 200),
       st.lists(st.integers(-100, 3_000), min_size=1, max_size=40))
def test_the_measured_volume_is_the_sum_above_zero(stroke_pl, zero_raw, samples):
    check = StrokeCheck(stroke_pl)
    check.judge(0, COUNTS_PER_STROKE, zero_raw, samples)
    counts = sum(samples) - zero_raw * len(samples)
    stuck = len(samples) > 1 and len(set(samples)) == 1
    assert check.blind is stuck
    assert check.measured_nl == (0 if stuck else min(max(0, counts // 30), stroke_pl // 250))


def test_a_sensor_that_repeats_one_value_through_a_stroke_is_blind_not_dry():
    check = StrokeCheck(STROKE_PL)
    for _ in range(5):
        stroke(check, samples=[3] * 15)
    assert check.blind and not check.dry() and check.proven == COUNTS_PER_STROKE


@pytest.mark.parametrize(
    ("moved", "stalls"), [(0, True), (HALF - 1, True), (HALF, False), (-300, True)]
)
def test_a_stroke_that_turns_less_than_half_is_no_stroke(moved, stalls):
    check = StrokeCheck(STROKE_PL)
    for _ in range(3):
        assert not check.stalled()
        stroke(check, moved=moved)
    assert check.stalled() is stalls


def test_two_still_strokes_are_no_stall_and_a_good_one_starts_the_count_anew():
    check = StrokeCheck(STROKE_PL)
    for moved in (0, 0, 256, 0, 0):
        stroke(check, moved=moved)
        assert not check.stalled()
    stroke(check, moved=0)
    assert check.stalled()
    check.reset()
    assert not check.stalled()


def test_an_encoder_that_is_silent_counts_as_no_motion():
    check = StrokeCheck(STROKE_PL)
    for before, after in [(None, 256), (0, None), (None, None)]:
        check.judge(before, after, 0, FULL)
        assert check.moved == 0
    assert check.stalled()


@pytest.mark.parametrize(("counts", "dry"), [(124 * 30 + 29, True), (125 * 30, False)])
def test_three_strokes_with_less_than_half_their_volume_are_a_dry_reservoir(counts, dry):
    check = StrokeCheck(STROKE_PL)
    for _ in range(3):
        assert not check.dry()
        stroke(check, samples=[counts])
    assert check.dry() is dry
    check.reset()
    assert not check.dry()


def test_a_rotor_that_stands_still_says_nothing_about_the_reservoir():
    check = StrokeCheck(STROKE_PL)
    for _ in range(3):
        stroke(check, moved=0, samples=[0])
    assert check.stalled() and not check.dry()


def test_a_silent_flow_sensor_is_not_a_dry_reservoir():
    check = StrokeCheck(STROKE_PL)
    for _ in range(5):
        stroke(check, samples=None)
    assert check.measured_nl == 0 and not check.dry()


def test_without_a_zero_there_is_no_measure():
    check = StrokeCheck(STROKE_PL)
    for _ in range(5):
        stroke(check, zero_raw=None)
    assert check.measured_nl == 0 and check.proven == COUNTS_PER_STROKE and not check.dry()


@pytest.mark.parametrize(
    ("moved", "counts", "proven"),
    [(256, 7_500, 256), (256, 0, 256), (0, 0, 0), (0, 7_500, 256), (100, 3_750, 128),
     (-300, 0, 0), (200, 15_000, 512)],
)
def test_what_either_sensor_saw_is_proven_and_need_not_be_made_again(moved, counts, proven):
    check = StrokeCheck(STROKE_PL)
    stroke(check, moved=moved, samples=[counts])
    assert check.proven == proven


@pytest.mark.parametrize(
    ("moved", "counts", "contradicted"),
    [(223, 6_570, True), (224, 7_500, False), (223, 6_500, False), (0, 7_500, True),
     (0, 0, False), (256, 7_500, False)],
)
def test_fluid_without_a_turn_three_times_in_a_row_is_a_contradiction(moved, counts, contradicted):
    check = StrokeCheck(STROKE_PL)
    for _ in range(3):
        assert not check.contradicted()
        stroke(check, moved=moved, samples=[counts])
    assert check.contradicted() is contradicted
    stroke(check)
    assert not check.contradicted()


@pytest.mark.parametrize("samples", [None, [12] * 15])
def test_three_strokes_in_a_row_that_show_no_flow_at_all_are_told(samples):
    check = StrokeCheck(STROKE_PL)
    for _ in range(3):
        assert not check.unseen()
        stroke(check, samples=samples)
    assert check.unseen()
    stroke(check)
    assert not check.unseen()


def test_a_sensor_that_is_blind_now_and_then_is_not_told():
    check = StrokeCheck(STROKE_PL)
    for _ in range(3):
        stroke(check, samples=[0] * 15)
        stroke(check, samples=[0] * 15)
        stroke(check)
    assert not check.unseen()
    stroke(check, samples=None)
    stroke(check, samples=None)
    check.reset()
    stroke(check, samples=None)
    assert not check.unseen()
