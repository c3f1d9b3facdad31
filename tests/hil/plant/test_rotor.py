"""The rotor against the formulas of its motion."""

from statistics import fmean, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.plant.rotor import (
    COUNTS_PER_REV,
    COUNTS_PER_STROKE,
    PROFILE,
    SLICE_MS,
    SLICES,
    STROKES_PER_REV,
    Rotor,
    RotorSettings,
    weigh_fresh_stroke_pl,
)

STEADY = RotorSettings(stroke_nl=250.0, jitter=0.0)


def counts_apart(after: int, before: int) -> int:
    """Signed way from one encoder reading to the next, less than half a turn."""
    return (after - before + COUNTS_PER_REV // 2) % COUNTS_PER_REV - COUNTS_PER_REV // 2


@pytest.mark.parametrize("seed", range(5))
def test_ripple_sums_out_over_a_revolution_and_only_there(seed: int) -> None:
    rotor = Rotor(STEADY, seed)
    strokes_nl = [sum(rotor.turn()) for _ in range(STROKES_PER_REV)]
    assert sum(strokes_nl) == pytest.approx(16 * 250.0, rel=1e-12)
    assert all(240.0 <= nl <= 260.0 for nl in strokes_nl)
    assert max(strokes_nl) - min(strokes_nl) > 0.06 * 250.0


def test_flow_within_a_stroke_is_a_trapezoid() -> None:
    rotor = Rotor(RotorSettings(stroke_nl=250.0, ripple=0.0, jitter=0.0), seed=1)
    slices_nl = rotor.turn()
    assert len(slices_nl) == SLICES
    assert sum(slices_nl) == pytest.approx(250.0)
    assert slices_nl == pytest.approx(slices_nl[::-1])
    # A steady flow of 250 nL / 250 ms = 1 uL/s; a ramp of 50 ms to reach it.
    steady_nl = 1.0 * SLICE_MS
    assert slices_nl[3:12] == pytest.approx([steady_nl] * 9)
    assert slices_nl[:2] == pytest.approx([20**2 / 100, 40**2 / 100 - 20**2 / 100])
    assert PROFILE[0] == 0.0
    assert PROFILE[-1] == 1.0


def test_lost_steps_cost_the_motion_they_would_have_made() -> None:
    rotor = Rotor(STEADY, seed=3)
    rotor.lost_fraction = 0.25
    start = rotor.position_strokes
    moved_nl = sum(sum(rotor.turn()) for _ in range(64))
    assert rotor.position_strokes - start == 48.0  # three whole revolutions
    assert moved_nl == pytest.approx(48 * 250.0, rel=1e-12)


def test_a_stalled_rotor_neither_turns_nor_pumps() -> None:
    rotor = Rotor(RotorSettings(), seed=3)
    rotor.stalled = True
    before = rotor.encoder_counts()
    assert rotor.turn() == [0.0] * SLICES
    assert abs(counts_apart(rotor.encoder_counts(), before)) <= 2


def test_a_worn_tube_scales_every_stroke() -> None:
    fresh, worn = Rotor(RotorSettings(), seed=3), Rotor(RotorSettings(), seed=3)
    worn.wear_factor = 0.9
    for _ in range(20):
        assert worn.turn() == pytest.approx([0.9 * nl for nl in fresh.turn()])


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1000),
    ripple=st.floats(0.0, 1.0),
    losses=st.lists(st.floats(0.0, 1.0) | st.none(), max_size=40),
)
def test_it_never_moves_backwards(seed: int, ripple: float, losses: list[float | None]) -> None:
    rotor = Rotor(RotorSettings(ripple=ripple), seed)
    for loss in losses:
        rotor.stalled = loss is None
        rotor.lost_fraction = loss or 0.0
        before = rotor.position_strokes
        assert min(rotor.turn()) >= 0.0
        assert before <= rotor.position_strokes <= before + 1.0


def test_encoder_is_within_one_count_and_wraps() -> None:
    rotor = Rotor(RotorSettings(), seed=8)
    off = {0}
    for _ in range(100):
        rotor.turn()
        true_counts = round(rotor.position_strokes * COUNTS_PER_STROKE) % COUNTS_PER_REV
        seen = rotor.encoder_counts()
        assert 0 <= seen < COUNTS_PER_REV
        off.add(counts_apart(seen, true_counts))
    assert off == {-1, 0, 1}
    assert rotor.position_strokes > 2 * STROKES_PER_REV


def test_lot_and_jitter_spread_as_stated() -> None:
    lot_nl = [Rotor(RotorSettings(), seed).stroke_nl for seed in range(600)]
    assert fmean(lot_nl) == pytest.approx(250.0, abs=1.5)
    assert stdev(lot_nl) == pytest.approx(7.5, rel=0.12)
    rotor = Rotor(RotorSettings(stroke_nl=250.0, ripple=0.0), seed=1)
    assert stdev(sum(rotor.turn()) for _ in range(800)) == pytest.approx(0.75, rel=0.1)


def test_factory_weighing_is_within_its_error_and_not_perfect() -> None:
    errors: list[float] = []
    for seed in range(30):
        true_pl = Rotor(RotorSettings(), seed).stroke_nl * 1000
        errors.append(weigh_fresh_stroke_pl(RotorSettings(), seed, 320) / true_pl - 1)
    assert max(map(abs, errors)) < 0.002 + 4 * 0.003 / 320**0.5
    assert stdev(errors) > 0.0005
