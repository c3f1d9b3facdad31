"""The battery against its charge counted by hand and its curve."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.plant import BatterySettings, Plant, PlantSettings
from hil.plant.battery import CURVE, Battery, voltage_mv

HOUR_US = 3_600_000_000
SMALL = BatterySettings(capacity_uah=1_000, idle_na=100_000, stroke_nah=50)


def test_charge_goes_by_time_and_by_strokes() -> None:
    battery = Battery(SMALL)
    assert battery.left_ppm(0, 0) == 1_000_000
    # 2 h of 100 uA are 200 uAh, 1,000 strokes 50, of 1,000.
    assert battery.left_ppm(2 * HOUR_US, 1_000) == 750_000
    battery.use(250)
    assert battery.left_ppm(2 * HOUR_US, 1_000) == 500_000
    assert battery.left_ppm(2 * HOUR_US + 36_000, 1_000) == 499_999  # 1 nAh more
    assert battery.left_ppm(8 * HOUR_US, 0) == 0


@pytest.mark.parametrize(("left_ppm", "mv"), [
    (1_000_000, 3_050), (950_000, 2_950), (550_000, 2_900), (150_000, 2_850), (100_000, 2_725),
    (50_000, 2_600), (15_000, 2_400), (7_500, 2_100), (0, 1_800),
])
def test_the_voltage_is_flat_and_then_falls(left_ppm: int, mv: int) -> None:
    assert voltage_mv(left_ppm) == mv


@given(more=st.integers(0, 1_000_000), less=st.integers(0, 1_000_000))
def test_less_charge_is_never_more_voltage(more: int, less: int) -> None:
    more, less = max(more, less), min(more, less)
    assert CURVE[0][1] <= voltage_mv(less) <= voltage_mv(more) <= CURVE[-1][1]


def test_a_life_at_an_ordinary_rate_is_as_long_as_stated() -> None:
    plant = Plant(PlantSettings())

    def mv(days: float) -> int:
        return plant.battery.mv(round(days * 24 * HOUR_US), round(days * 24 * 40))

    # 15 uA and 40 strokes an hour of 0.2 uAh: 23 uA of 1.5 Ah.
    life_days = 1_500_000 / 23 / 24
    assert life_days / 365 == pytest.approx(7.4, abs=0.1)
    assert mv(0.5 * life_days) > 2_850
    assert mv(0.95 * life_days) == pytest.approx(2_600, abs=1)
    assert 0.05 * life_days == pytest.approx(136, abs=1)
    assert mv(0.985 * life_days) == pytest.approx(2_400, abs=1)
    assert 0.015 * life_days == pytest.approx(41, abs=1)
    assert mv(2 * life_days) == 1_800


def test_the_plant_takes_its_own_time_and_strokes() -> None:
    plant = Plant(PlantSettings(battery=SMALL))
    plant.advance(3_600_000)
    for _ in range(1_000):
        plant.stroke()
    used_nah = 100_000 * plant.now_us / HOUR_US + 1_000 * 50
    left_ppm = int(1_000_000 * (1 - used_nah / 1_000_000))
    assert plant.battery_mv == voltage_mv(left_ppm)
    assert plant.battery_mv < 3_050
    assert plant.look().battery_mv == plant.battery_mv


def test_a_supply_keeps_its_voltage_until_the_cell_is_given_back() -> None:
    plant = Plant(PlantSettings(battery=SMALL))
    plant.battery_mv = 2_599
    plant.advance(3_600_000)
    assert plant.battery_mv == plant.look().battery_mv == 2_599
    plant.battery.hold(None)
    assert plant.battery_mv == voltage_mv(900_000)


def test_a_broken_wire_is_no_reading() -> None:
    plant = Plant(PlantSettings())
    plant.battery.unsensed = True
    assert plant.look().battery_mv is None
    assert plant.battery_mv == 3_050
    plant.battery.unsensed = False
    assert plant.look().battery_mv == 3_050


def test_it_cannot_be_charged_nor_have_any_voltage() -> None:
    battery = Battery(SMALL)
    with pytest.raises(ValueError, match="charged"):
        battery.use(-1)
    for mv in (-1, 6_001):
        with pytest.raises(ValueError, match="voltage"):
            battery.hold(mv)
