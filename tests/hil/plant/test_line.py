"""The line against closed formulas and an independent step-by-step integration."""

from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.plant.line import Line, LineSettings

C = 100.0
R = 0.02
TIGHT = LineSettings(slip_nl_per_s_kpa=0.0)

lines = st.builds(
    LineSettings,
    compliance_nl_per_kpa=st.floats(20.0, 500.0),
    resistance_kpa_s_per_nl=st.floats(0.002, 2.0),
    back_pressure_kpa=st.floats(0.0, 5.0),
    slip_nl_per_s_kpa=st.just(0.0) | st.floats(1e-15, 1.0),
)
segments = st.tuples(st.booleans(), st.floats(0.0, 3600.0), st.just(0.0) | st.floats(0.0, 1200.0))


def pressurised(settings: LineSettings, volume_nl: float) -> Line:
    """A pinched line that took this volume in at once."""
    line = Line(settings)
    line.pinched = True
    line.flow(1e-9, volume_nl / 1e-9)
    return line


@settings(max_examples=150, deadline=None)
@given(settings=lines, steps=st.lists(segments, max_size=30))
def test_inflow_is_delivered_stored_or_slipped(
    settings: LineSettings, steps: list[tuple[bool, float, float]]
) -> None:
    line = Line(settings)
    inflow_nl = slipped_nl = 0.0
    for pinched, seconds, flow_nl_per_s in steps:
        line.pinched = pinched
        slipped_nl += line.flow(seconds, flow_nl_per_s)
        inflow_nl += flow_nl_per_s * seconds
        books_nl = line.delivered_nl + line.stored_nl + line.slipped_nl
        assert books_nl == pytest.approx(inflow_nl, rel=1e-13, abs=1e-6)
    assert slipped_nl == pytest.approx(line.slipped_nl)


@pytest.mark.parametrize("pinched", [False, True])
@pytest.mark.parametrize("slip", [0.0, 0.0005, 2.0])
def test_a_segment_agrees_with_a_step_by_step_integration(pinched: bool, slip: float) -> None:
    line = Line(LineSettings(slip_nl_per_s_kpa=slip))
    line.pinched = pinched
    line.flow(3.0, 400.0)
    dt, p, out, back = 1e-4, 1.0, 0.0, 0.0
    for _ in range(30_000):
        leaves = 0.0 if pinched else (p - 1.0) / R
        middle = p + (400.0 - slip * p - leaves) * dt / C / 2  # midpoint rule
        leaves = 0.0 if pinched else (middle - 1.0) / R
        p += (400.0 - slip * middle - leaves) * dt / C
        out += leaves * dt
        back += slip * middle * dt
    assert line.pressure_kpa == pytest.approx(p, rel=1e-6)
    assert line.delivered_nl == pytest.approx(out, rel=1e-5)
    assert line.slipped_nl == pytest.approx(back, rel=1e-5)


def test_a_released_line_decays_with_r_times_c() -> None:
    line = pressurised(TIGHT, 6000.0)
    assert line.pressure_kpa == pytest.approx(61.0)
    line.pinched = False
    for second in range(1, 11):
        line.flow(1.0, 0.0)
        left = exp(-second / (R * C))
        assert line.pressure_kpa == pytest.approx(1.0 + 60.0 * left)
        assert line.delivered_nl == pytest.approx(6000.0 * (1 - left))


def test_a_release_delivers_exactly_what_was_stored() -> None:
    line = pressurised(TIGHT, 6000.0)
    line.flow(86_400.0, 0.0)
    stored_nl, before_nl = line.stored_nl, line.delivered_nl
    line.pinched = False
    line.flow(120.0, 0.0)
    assert line.delivered_nl - before_nl == pytest.approx(stored_nl, abs=1e-6)
    assert line.stored_nl == pytest.approx(0.0, abs=1e-6)


def test_a_pinched_leaking_line_decays_with_c_over_k() -> None:
    line = pressurised(LineSettings(slip_nl_per_s_kpa=0.01), 6000.0)
    line.flow(5000.0, 0.0)
    assert line.pressure_kpa == pytest.approx(61.0 * exp(-5000.0 * 0.01 / C))
    assert line.slipped_nl == pytest.approx(C * (61.0 - line.pressure_kpa))
    assert line.delivered_nl == 0.0


def test_steady_flow_ends_at_the_resistive_pressure() -> None:
    line = Line(LineSettings())
    line.flow(1000.0, 100.0)
    assert line.pressure_kpa == pytest.approx((100.0 + 1.0 / R) / (0.0005 + 1 / R))
    assert line.slip_nl_per_s == pytest.approx(0.0005 * line.pressure_kpa)


@settings(max_examples=50, deadline=None)
@given(settings=lines, pinched=st.booleans(), pieces=st.integers(2, 50))
def test_how_time_is_cut_changes_nothing(
    settings: LineSettings, pinched: bool, pieces: int
) -> None:
    whole, cut = Line(settings), Line(settings)
    whole.pinched = cut.pinched = pinched
    whole.flow(60.0, 300.0)
    for _ in range(pieces):
        cut.flow(60.0 / pieces, 300.0)
    assert cut.pressure_kpa == pytest.approx(whole.pressure_kpa, rel=1e-9)
    assert cut.delivered_nl == pytest.approx(whole.delivered_nl, rel=1e-9, abs=1e-6)
    assert cut.slipped_nl == pytest.approx(whole.slipped_nl, rel=1e-9, abs=1e-6)


def test_a_tight_line_at_rest_stays_at_rest() -> None:
    line = Line(TIGHT)
    line.flow(86_400.0, 0.0)
    assert (line.pressure_kpa, line.stored_nl, line.delivered_nl) == (1.0, 0.0, 0.0)


def test_a_leaking_line_at_rest_draws_back_at_the_tip() -> None:
    line = Line(LineSettings())
    line.flow(3600.0, 0.0)
    assert line.delivered_nl == pytest.approx(-0.0005 * 1.0 * 3600.0, rel=0.001)
    assert line.slipped_nl == pytest.approx(0.0005 * 1.0 * 3600.0, rel=0.001)
