"""Wear: never below 95 % of calibration, down by 1 % a day at most, and it does follow."""

import random
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.core.wear import BATCH, DAY_S, Wear

CALIBRATED_PL, SENSED_PL = 250_000, 240_000


def batch(wear, permille, now_s, sensed_pl=SENSED_PL):
    """Let 400 strokes be sensed at this part of what they were at calibration."""
    changed = False
    total_nl = BATCH * sensed_pl * permille // 1_000_000
    for stroke in range(BATCH):
        nl = total_nl * (stroke + 1) // BATCH - total_nl * stroke // BATCH
        changed = wear.stroke(nl, now_s)
    return changed


def test_until_four_hundred_strokes_were_seen_calibration_counts():
    wear = Wear(CALIBRATED_PL, SENSED_PL, 0)
    for _ in range(BATCH - 1):
        assert not wear.stroke(260, 5)
    assert wear.stroke_pl == CALIBRATED_PL
    assert wear.stroke(260, 5) and wear.stroke_pl > CALIBRATED_PL


@settings(max_examples=80)
@given(st.integers(200_000, 290_000), st.integers(0, 10**8), st.lists(
    st.tuples(st.integers(0, 200_000), st.integers(900, 1_150)), min_size=1, max_size=40))
def test_its_bounds_whatever_the_sensor_says(calibrated_pl, start_s, script):
    """More strokes come by 1 % of calibration in any 24 h, and by 5 % in all."""
    wear, now_s = Wear(calibrated_pl, calibrated_pl, start_s), start_s
    # (from when on, the lowest believed until then, never above calibration)
    lowest = [(start_s - DAY_S, calibrated_pl)]
    for gap_s, permille in script:
        now_s += gap_s
        batch(wear, permille, now_s, calibrated_pl)
        assert calibrated_pl * 95 // 100 <= wear.stroke_pl <= calibrated_pl * 1_100 // 1000
        a_day_ago = min(pl for at_s, pl in lowest if at_s <= now_s - DAY_S)
        assert wear.stroke_pl >= a_day_ago - calibrated_pl // 100 - 1
        if wear.doubtful:
            assert wear.stroke_pl == calibrated_pl
            wear.reset()
            lowest = [(now_s - DAY_S, calibrated_pl)]
        else:
            lowest.append((now_s, min(lowest[-1][1], wear.stroke_pl)))
        assert wear.charge_pl() == max(calibrated_pl, wear.stroke_pl)
        weight = calibrated_pl * (1000 + wear.extra_permille())
        assert 0 <= weight - wear.charge_pl() * 1000 < calibrated_pl


def test_a_sensor_that_reads_low_all_at_once_waits_for_days():
    wear, falls = Wear(CALIBRATED_PL, SENSED_PL, 0), []
    for hour in range(24 * 8):
        batch(wear, 951, hour * 3_600)
        falls.append(wear.stroke_pl)
    assert falls[23] == CALIBRATED_PL
    for day in range(1, 4):
        assert falls[24 * day] == falls[24 * day + 23] == CALIBRATED_PL - 2_500 * day
    assert CALIBRATED_PL * 950 // 1000 < falls[-1] <= CALIBRATED_PL * 953 // 1000


def test_days_of_quiet_save_up_no_fall():
    wear = Wear(CALIBRATED_PL, SENSED_PL, 0)
    for day in range(30):
        batch(wear, 1_000, day * DAY_S)
    batch(wear, 960, 30 * DAY_S)
    batch(wear, 960, 30 * DAY_S + 3_600)
    assert wear.stroke_pl >= CALIBRATED_PL * 99 // 100


def test_a_larger_stroke_is_followed_at_once_and_back_to_calibration_too():
    wear = Wear(CALIBRATED_PL, SENSED_PL, 0)
    for _ in range(20):
        batch(wear, 1_060, 10)
    assert 264_900 <= wear.stroke_pl <= 265_000
    assert wear.charge_pl() == wear.stroke_pl and wear.extra_permille() == 60
    for _ in range(20):
        batch(wear, 1_000, 20)
    assert CALIBRATED_PL <= wear.stroke_pl <= CALIBRATED_PL + 10 and wear.extra_permille() <= 1


@pytest.mark.parametrize(("permille", "doubtful"), [(949, True), (950, False), (1_100, False),
                                                    (1_101, True), (0, True), (4_000, True)])
def test_what_is_further_off_is_not_believed_until_a_clinician_acts(permille, doubtful):
    wear = Wear(CALIBRATED_PL, SENSED_PL, 0)
    batch(wear, 1_050, 5)
    batch(wear, permille, 10)
    assert wear.doubtful is doubtful
    if doubtful:
        assert wear.stroke_pl == wear.charge_pl() == CALIBRATED_PL
        assert not batch(wear, 1_050, 20) and wear.doubtful
        wear.reset()
        assert not wear.doubtful and batch(wear, 1_050, 30)


def test_after_a_doubt_the_days_count_from_anew():
    wear = Wear(CALIBRATED_PL, SENSED_PL, 0)
    for day in range(1, 9):
        batch(wear, 960, day * DAY_S)
    batch(wear, 1_200, 9 * DAY_S)
    wear.reset()
    batch(wear, 960, 9 * DAY_S + 60)
    assert wear.stroke_pl == CALIBRATED_PL


def test_without_a_calibration_of_the_sensor_there_is_no_estimate():
    wear = Wear(CALIBRATED_PL, 0, 0)
    assert not any(wear.stroke(100, 10**6) for _ in range(2_000))
    assert wear.stroke_pl == CALIBRATED_PL and not wear.doubtful and wear.extra_permille() == 0


def test_noise_moves_the_estimate_by_less_than_a_percent():
    chance, wear = random.Random(1), Wear(CALIBRATED_PL, SENSED_PL, 0)
    for day in range(200):
        for _ in range(BATCH):
            wear.stroke(max(0, ceil(chance.gauss(240, 24))), day * 20_000)
        assert abs(wear.stroke_pl - CALIBRATED_PL) < 2_500
