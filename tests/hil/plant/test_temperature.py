"""The pump's temperature against the exponential, and what the sensor says of it."""

from math import exp

import pytest

from hil.plant import FlowSensorSettings, Plant, PlantSettings


def test_it_is_body_warm_and_stays_where_it_is_put() -> None:
    plant = Plant(PlantSettings())
    assert plant.temperature_mdegc == 37_000
    plant.temperature_mdegc = 41_234
    assert plant.temperature_mdegc == 41_234
    plant.advance(86_400_000)
    assert plant.temperature_mdegc == 41_234


@pytest.mark.parametrize("to_mdegc", [4_000, 60_000])
def test_it_follows_its_surroundings_with_one_time_constant(to_mdegc: int) -> None:
    plant = Plant(PlantSettings())
    plant.advance(123_000)
    plant.surroundings(to_mdegc)
    for minute in range(0, 120, 7):
        plant.advance(123_000 + minute * 60_000)
        expected_mdegc = to_mdegc + (37_000 - to_mdegc) * exp(-minute / 10)
        assert plant.temperature_mdegc == pytest.approx(expected_mdegc, abs=1)


def test_a_change_half_way_goes_on_from_there() -> None:
    plant = Plant(PlantSettings(temperature_mdegc=20_000))
    plant.surroundings(40_000)
    plant.advance(600_000)
    half_way_mdegc = plant.temperature_mdegc
    assert half_way_mdegc == pytest.approx(40_000 - 20_000 * exp(-1), abs=1)
    plant.surroundings(20_000)
    assert plant.temperature_mdegc == half_way_mdegc
    plant.advance(1_200_000)
    assert plant.temperature_mdegc == pytest.approx(
        20_000 + (half_way_mdegc - 20_000) * exp(-1), abs=1)
    plant.temperature_mdegc = 30_000
    plant.advance(1_800_000)
    assert plant.temperature_mdegc == 30_000


@pytest.mark.parametrize(("mdegc", "cdegc"), [
    (37_000, 3_700), (45_010, 4_501), (36_996, 3_699), (0, 0), (-1_000, -100),
])
def test_a_look_has_it_in_hundredths(mdegc: int, cdegc: int) -> None:
    plant = Plant(PlantSettings())
    plant.temperature_mdegc = mdegc
    assert plant.look().temperature_cdegc == cdegc


def test_a_dead_sensor_has_no_temperature_and_a_stuck_flow_has() -> None:
    plant = Plant(PlantSettings())
    plant.sensor_stuck(5)
    assert plant.look().temperature_cdegc == 3_700
    plant.sensor_dead(True)
    assert plant.look().temperature_cdegc is None


def test_the_flow_reading_drifts_with_it_in_looks_and_in_strokes() -> None:
    sensor = FlowSensorSettings(0.0, 0.0, 0.0, gain_drift_ppm_per_degc=0,
                                offset_drift_nl_per_min_per_degc=100)
    plant = Plant(PlantSettings(flow_sensor=sensor))
    assert (plant.look().flow_raw, plant.stroke().zero_raw) == (0, 0)
    plant.temperature_mdegc = 57_000
    assert (plant.look().flow_raw, plant.stroke().zero_raw) == (20, 20)
    assert plant.watch(60_000, 20) is not None


@pytest.mark.parametrize("mdegc", [-40_001, 100_001])
def test_what_no_pump_can_be_is_refused(mdegc: int) -> None:
    plant = Plant(PlantSettings())
    with pytest.raises(ValueError, match="temperature"):
        plant.temperature_mdegc = mdegc
    with pytest.raises(ValueError, match="temperature"):
        plant.surroundings(mdegc)
    assert plant.temperature_mdegc == 37_000
