"""What a rig does to the pump, and what the balance and the sensors then say."""

from itertools import pairwise
from math import exp
from statistics import fmean

import pytest

from hil.plant import (
    FlowSensorSettings,
    LineSettings,
    Plant,
    PlantSettings,
    RotorSettings,
    TubeSettings,
)

TIGHT = LineSettings(slip_nl_per_s_kpa=0.0)
TRUE_SENSOR = FlowSensorSettings(gain_error=0.0, offset_ul_per_min=0.0)


def pump(plant: Plant, strokes: int, interval_ms: int = 60_000) -> None:
    for _ in range(strokes):
        plant.stroke()
        plant.advance(plant.now_ms + interval_ms - 300)


@pytest.mark.parametrize("compliance_nl_per_kpa", [20.0, 100.0, 500.0])
def test_occlusion_takes_compliance_times_pressure_over_rate(compliance_nl_per_kpa: float) -> None:
    line = LineSettings(compliance_nl_per_kpa, slip_nl_per_s_kpa=0.0)
    plant = Plant(PlantSettings(line=line, rotor=RotorSettings(stroke_nl=250.0)))
    plant.pinch(True)
    while plant.line.pressure_kpa < 1.0 + 60.0:
        pump(plant, 1)
    strokes_needed = compliance_nl_per_kpa * 60.0 / 250.0
    # At most one stroke for the whole step, 4 % of ripple on a third of a revolution.
    slack = 1 + 0.04 * 16 / 3
    assert strokes_needed - slack < plant.strokes < strokes_needed + slack
    assert plant.balance_nl == 0.0


def test_release_gives_the_stored_volume_on_top_and_decays_with_rc() -> None:
    plant = Plant(PlantSettings(line=TIGHT))
    pump(plant, 3)
    plant.pinch(True)
    pump(plant, 20)
    stored_nl, pinched_nl = plant.stored_nl, plant.balance_nl
    assert stored_nl == pytest.approx(20 * plant.rotor.stroke_nl, rel=0.02)
    plant.pinch(False)
    plant.advance(plant.now_ms + 2000)
    assert plant.balance_nl - pinched_nl == pytest.approx(stored_nl * (1 - exp(-1.0)))
    plant.advance(plant.now_ms + 60_000)
    assert plant.balance_nl - pinched_nl == pytest.approx(stored_nl, abs=1e-6)


def test_a_pinch_under_a_leaking_rotor_slips_back_to_the_reservoir() -> None:
    plant = Plant(PlantSettings(line=LineSettings(slip_nl_per_s_kpa=0.01)))
    plant.pinch(True)
    pump(plant, 20)
    before_nl, contents_nl = plant.slipped_nl, plant.reservoir.contents_nl
    start_kpa = plant.line.pressure_kpa
    plant.advance(plant.now_ms + 3_600_000)
    slipped_nl = 100.0 * start_kpa * (1 - exp(-3600 * 0.01 / 100.0))
    assert plant.slipped_nl - before_nl == pytest.approx(slipped_nl)
    assert plant.reservoir.contents_nl - contents_nl == pytest.approx(slipped_nl)


def test_balance_series_is_thinned_and_marks_pinch_and_release() -> None:
    plant = Plant(PlantSettings())
    pump(plant, 240, interval_ms=5000)
    plant.advance(plant.now_ms + 7000)
    plant.pinch(True)
    at_pinch = (plant.now_ms, plant.balance_nl)
    plant.advance(plant.now_ms + 1000)
    plant.pinch(False)
    series = plant.balance.series
    assert series[-2:] == [at_pinch, (plant.now_ms, plant.balance_nl)]
    thinned_ms = [time_ms for time_ms, _ in series[:-2]]
    gaps_ms = [b - a for a, b in pairwise(thinned_ms)]
    assert gaps_ms == [60_000] * 20
    assert series[0] == (0, 0.0)


def test_a_burst_measures_the_stroke() -> None:
    plant = Plant(PlantSettings(line=TIGHT, flow_sensor=TRUE_SENSOR))
    errors_nl: list[float] = []
    for _ in range(100):
        before_nl = plant.displaced_nl
        burst = plant.stroke()
        assert burst.zero_raw is not None
        assert (burst.duration_ms, len(burst.samples)) == (300, 15)
        assert -2 <= (burst.encoder_after - burst.encoder_before) % 4096 - 256 <= 2
        # 0.1 uL/min for 20 ms is 1/30 nL
        measured_nl = sum(raw - burst.zero_raw for raw in burst.samples) / 30
        errors_nl.append(measured_nl - (plant.displaced_nl - before_nl))
        plant.advance(plant.now_ms + 10_000)
    # Noise of a stroke: 15 samples and 15 times the mean of 8 zeros, 4 counts each.
    sigma_nl = 4.0 * (15 + 15**2 / 8) ** 0.5 / 30
    assert max(map(abs, errors_nl)) < 4.5 * sigma_nl
    assert abs(fmean(errors_nl)) < 4 * sigma_nl / 10


def test_a_burst_sees_an_offset_only_in_its_zero() -> None:
    offset = FlowSensorSettings(gain_error=0.0, offset_ul_per_min=2.0, noise_ul_per_min=0.0)
    plant = Plant(PlantSettings(line=TIGHT, flow_sensor=offset))
    burst = plant.stroke()
    assert burst.zero_raw == 20
    assert sum(burst.samples) / 30 - 15 * 20 / 30 == pytest.approx(plant.displaced_nl, abs=0.5)


def test_the_pressure_of_a_burst_is_the_one_at_its_end() -> None:
    plant = Plant(PlantSettings())
    plant.pinch(True)
    for _ in range(20):
        true_pa = plant.stroke().pressure_pa - plant.pressure_sensor.offset_pa
        assert true_pa == pytest.approx(plant.line.pressure_kpa * 1000, abs=5 * 50)
    assert plant.line.pressure_kpa > 40.0


def test_slip_returns_through_the_sensor() -> None:
    sensor = FlowSensorSettings(0.0, 0.0, noise_ul_per_min=0.0)
    plant = Plant(PlantSettings(line=LineSettings(slip_nl_per_s_kpa=1.0), flow_sensor=sensor))
    plant.pinch(True)
    pump(plant, 20, interval_ms=300)
    assert plant.look().flow_raw == round(-plant.line.pressure_kpa * 0.6)


def test_lost_steps_stall_and_wear_show_on_the_balance() -> None:
    plant = Plant(PlantSettings(line=TIGHT, rotor=RotorSettings(stroke_nl=250.0, jitter=0.0),
                                tube=TubeSettings(0, 0, 0)))
    plant.lose_steps(0.5)
    pump(plant, 32)
    assert plant.balance_nl == pytest.approx(16 * 250.0, abs=1e-3)
    plant.stall(True)
    pump(plant, 16)
    assert plant.balance_nl == pytest.approx(16 * 250.0, abs=1e-3)
    plant.stall(False)
    plant.lose_steps(0.0)
    plant.wear(0.9)
    pump(plant, 16)
    assert plant.balance_nl == pytest.approx(16 * 250.0 * 1.9, abs=1e-3)
    assert plant.strokes == 64


def test_an_empty_reservoir_gives_air_until_it_is_filled() -> None:
    sensor = FlowSensorSettings(0.0, 0.0, noise_ul_per_min=0.0)
    plant = Plant(PlantSettings(line=TIGHT, reservoir_nl=1000.0, flow_sensor=sensor))
    pump(plant, 6)
    assert plant.displaced_nl == pytest.approx(1000.0)
    burst = plant.stroke()
    assert max(map(abs, burst.samples)) <= 1
    assert burst.encoder_after != burst.encoder_before
    assert plant.displaced_nl == pytest.approx(1000.0)
    plant.set_reservoir(1000.0)
    assert max(plant.stroke().samples) > 500
    assert plant.displaced_nl > 1200.0


def test_free_flow_runs_until_the_reservoir_is_dry() -> None:
    plant = Plant(PlantSettings(line=TIGHT, reservoir_nl=5000.0, flow_sensor=TRUE_SENSOR))
    plant.free_flow(6000.0)
    plant.advance(20_000)
    assert plant.free_nl == pytest.approx(2000.0)
    seen = [plant.look().flow_raw or 0 for _ in range(200)]
    assert fmean(seen) == pytest.approx(60.0, abs=1.5)
    plant.advance(120_000)
    assert plant.free_nl == pytest.approx(5000.0)
    # Dry after 50 s: what the line still held then has had 70 s to leave.
    assert plant.balance_nl == pytest.approx(5000.0, abs=1e-6)
    seen = [plant.look().flow_raw or 0 for _ in range(200)]
    assert fmean(seen) == pytest.approx(0.0, abs=1.5)
    assert plant.displaced_nl == 0.0


def test_free_flow_goes_on_during_a_stroke() -> None:
    plant = Plant(PlantSettings(line=TIGHT))
    plant.free_flow(60_000.0)
    plant.stroke()
    assert plant.free_nl == pytest.approx(300.0)


def test_dead_and_stuck_sensors_reach_the_firmware() -> None:
    plant = Plant(PlantSettings())
    plant.sensor_stuck(12)
    plant.pressure_stuck(3000)
    burst, look = plant.stroke(), plant.look()
    assert (burst.zero_raw, set(burst.samples), burst.pressure_pa) == (12, {12}, 3000)
    assert (look.flow_raw, look.pressure_pa) == (12, 3000)
    plant.sensor_dead(True)
    burst, look = plant.stroke(), plant.look()
    assert (burst.zero_raw, burst.samples, look.flow_raw) == (None, [], None)
    assert plant.displaced_nl > 2 * 200.0


def test_a_weak_sensor_reads_low_while_the_balance_does_not() -> None:
    plant, twin = Plant(PlantSettings()), Plant(PlantSettings())
    plant.sensor_gain(0.5)
    weak, true = sum(plant.stroke().samples), sum(twin.stroke().samples)
    assert weak == pytest.approx(true / 2, rel=0.02)
    assert plant.displaced_nl == twin.displaced_nl


def test_calibration_disturbs_nothing_and_sees_no_fault() -> None:
    plant, twin = Plant(PlantSettings()), Plant(PlantSettings())
    plant.wear(0.5)
    plant.stall(True)
    assert plant.calibrate() == twin.calibrate()
    assert plant.calibrate() == pytest.approx(plant.rotor.stroke_nl * 1000, rel=0.0027)
    plant.wear(1.0)
    plant.stall(False)
    assert plant.stroke() == twin.stroke()


@pytest.mark.parametrize("fraction", [-0.1, 1.1])
def test_impossible_faults_are_refused(fraction: float) -> None:
    plant = Plant(PlantSettings())
    with pytest.raises(ValueError, match="lost fraction"):
        plant.lose_steps(fraction)
    with pytest.raises(ValueError, match="free flow"):
        plant.free_flow(-1.0)
    with pytest.raises(ValueError, match="contents"):
        plant.set_reservoir(-1.0)
