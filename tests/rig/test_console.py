"""What a person types at a virtual pump's bedside, and what the pump makes of it."""

import pytest

from hil.rigs.console import Console
from tests.rig.pumps import begun, fast, log

pytestmark = pytest.mark.rig


@pytest.fixture
def bedside(rig):
    return Console(rig).line


def _run(client):
    client.prescribe(fast())
    client.start()


def test_a_pump_that_is_warmed_stops_until_it_is_cool(client, rig, bedside):
    _run(client)
    bedside("warm 46")
    bedside("wait 60")
    strokes = rig.plant.strokes
    bedside("wait 300")
    assert begun(client) == ["temperature"]
    assert rig.plant.strokes == strokes
    bedside("warm 37")
    bedside("wait 60")
    assert [r["code"] for r in log(client, "alarm_end")] == ["temperature"]
    assert rig.plant.strokes > strokes


def test_a_pump_can_be_cooled_as_well(client, bedside):
    _run(client)
    assert bedside("warm -1") == "the pump is at -1 degC"
    bedside("wait 60")
    assert begun(client) == ["temperature"]


def test_a_battery_near_its_end_is_told_in_two_steps(client, rig, bedside):
    _run(client)
    bedside("battery 2.55")
    bedside("wait 60")
    assert begun(client) == ["battery_eri"]
    bedside("battery 2.3")
    bedside("wait 60")
    assert begun(client) == ["battery_eri", "battery_eos"]
    assert bedside("battery") == "the pump's own cell"
    assert rig.plant.battery_mv > 2_900


def test_what_is_filled_in_is_shown_and_is_told_to_the_pump_by_refill_alone(client, rig, bedside):
    before_nl = client.status().reservoir_nl
    bedside("fill 12.5")
    assert "12.500 mL left" in bedside("show")
    assert rig.plant.reservoir.contents_nl == 12_500_000
    assert client.status().reservoir_nl == before_nl


@pytest.mark.parametrize("typed", [
    "warm 101", "warm -41", "warm nan", "warm inf", "warm hot", "battery -0.1", "battery 6.1",
    "battery nan", "fill", "fill -1", "fill inf", "wait inf", "leak nan"])
def test_nonsense_is_answered_and_changes_nothing(rig, bedside, typed):
    before = bedside("show")
    said = bedside(typed)
    assert said.startswith(f"{typed.split()[0]}: ")
    assert bedside("show") == before


