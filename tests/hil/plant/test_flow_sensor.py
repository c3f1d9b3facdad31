"""The sensors against what their data sheets are taken to say."""

from statistics import fmean, stdev

import pytest

from hil.plant.flow_sensor import FlowSensor, FlowSensorSettings
from hil.plant.pressure_sensor import PressureSensor

IDEAL = FlowSensorSettings(gain_error=0.0, offset_ul_per_min=0.0, noise_ul_per_min=0.0)


@pytest.mark.parametrize(
    ("flow_nl_per_s", "raw"),
    [
        (0.0, 0),
        (1000.0, 600),  # 60 uL/min: the steady part of a stroke
        (-1000.0, -600),
        (1.0, 1),  # 0.06 uL/min rounds to one count
        (0.8, 0),
        (54_000.0, 32_400),
        (60_000.0, 32_500),  # beyond 3250 uL/min
        (-60_000.0, -32_500),
    ],
)
def test_counts_of_an_ideal_sensor(flow_nl_per_s: float, raw: int) -> None:
    assert FlowSensor(IDEAL, seed=1).read(flow_nl_per_s) == raw


def test_gain_and_offset_act_as_stated() -> None:
    settings = FlowSensorSettings(gain_error=0.1, offset_ul_per_min=-1.0, noise_ul_per_min=0.0)
    sensor = FlowSensor(settings, seed=1)
    assert sensor.read(1000.0) == 650
    sensor.gain_permille = 500
    assert sensor.read(1000.0) == 320
    assert sensor.read(0.0) == -10


@pytest.mark.parametrize(("mdegc", "moved", "still"), [
    (37_000, 6_000, 0),
    (47_000, 6_000 + 30 - 4, -4),  # 0.5 permille and -0.04 uL/min for each of 10 degC
    (27_000, 6_000 - 30 + 4, 4),
])
def test_gain_and_offset_drift_with_temperature(mdegc: int, moved: int, still: int) -> None:
    settings = FlowSensorSettings(0.0, 0.0, 0.0, gain_drift_ppm_per_degc=500,
                                  offset_drift_nl_per_min_per_degc=-40)
    sensor = FlowSensor(settings, seed=1)
    assert sensor.read(10_000.0, mdegc) == moved
    assert sensor.read(0.0, mdegc) == still


def test_drift_stays_within_its_bounds_and_is_not_the_same_for_all() -> None:
    lot = [FlowSensor(FlowSensorSettings(), seed) for seed in range(400)]
    gains_ppm = [sensor.gain_drift_ppm_per_degc for sensor in lot]
    offsets_nl = [sensor.offset_drift_nl_per_min_per_degc for sensor in lot]
    assert -1_000 <= min(gains_ppm) < -900 < 900 < max(gains_ppm) <= 1_000
    assert -40 <= min(offsets_nl) < -35 < 35 < max(offsets_nl) <= 40


def test_its_temperature_has_200_counts_to_a_degree() -> None:
    sensor = FlowSensor(IDEAL, seed=1)
    counts = [sensor.temperature_counts(mdegc) for mdegc in (37_000, 25_005, 0, -1_000)]
    assert counts == [7_400, 5_001, 0, -200]
    sensor.dead = True
    assert sensor.temperature_counts(37_000) is None


def test_noise_has_the_stated_spread_and_no_bias() -> None:
    settings = FlowSensorSettings(gain_error=0.0, offset_ul_per_min=0.0)
    sensor = FlowSensor(settings, seed=5)
    raws = [raw for _ in range(3000) if (raw := sensor.read(1000.0)) is not None]
    assert fmean(raws) == pytest.approx(600.0, abs=0.3)
    assert stdev(raws) == pytest.approx(4.0, rel=0.06)


def test_lot_spread_is_as_stated() -> None:
    lot = [FlowSensor(FlowSensorSettings(), seed) for seed in range(600)]
    assert fmean(s.gain_error for s in lot) == pytest.approx(0.0, abs=0.003)
    assert stdev(s.gain_error for s in lot) == pytest.approx(0.015, rel=0.12)
    assert stdev(s.offset_ul_per_min for s in lot) == pytest.approx(0.3, rel=0.12)


def test_stuck_and_dead_sensors_hide_the_flow() -> None:
    sensor = FlowSensor(IDEAL, seed=1)
    sensor.stuck_raw = 7
    assert sensor.read(1000.0) == 7
    sensor.dead = True
    assert sensor.read(1000.0) is None
    sensor.dead, sensor.stuck_raw = False, None
    assert sensor.read(1000.0) == 600


def test_pressure_sensor_errors_stay_within_their_bounds() -> None:
    offsets_pa = [PressureSensor(seed).offset_pa for seed in range(300)]
    assert all(-300.0 <= pa <= 300.0 for pa in offsets_pa)
    assert max(offsets_pa) - min(offsets_pa) > 500.0
    sensor = PressureSensor(seed=2)
    readings_pa = [sensor.read(10.0) for _ in range(2000)]
    assert fmean(readings_pa) == pytest.approx(10_000 + sensor.offset_pa, abs=5.0)
    assert stdev(readings_pa) == pytest.approx(50.0, rel=0.07)
    sensor.stuck_pa = 1234
    assert sensor.read(10.0) == 1234
