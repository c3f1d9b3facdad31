"""Too hot, too cold, a battery at its end: three readings in a row decide, silence does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pump.core.conditions import EOS, ERI, FINE, Battery, Temperature


def seen(detector, *readings):
    for reading in readings:
        detector.look(reading)
    return detector


@pytest.mark.parametrize(("cdegc", "outside"), [
    (499, True), (500, False), (3_700, False), (4_500, False), (4_501, True), (-4_000, True)])
def test_three_readings_outside_stop_the_flow(cdegc, outside):
    temperature = Temperature()
    for _ in range(2):
        assert not seen(temperature, cdegc).outside
    assert seen(temperature, cdegc).outside is outside


@pytest.mark.parametrize(("cdegc", "outside"), [
    (799, True), (800, False), (4_300, False), (4_301, True), (4_501, True)])
def test_three_readings_well_within_let_it_go_on(cdegc, outside):
    temperature = seen(Temperature(), 5_000, 5_000, 5_000)
    for _ in range(2):
        assert seen(temperature, cdegc).outside
    assert seen(temperature, cdegc).outside is outside


def test_two_outside_with_one_within_between_are_nothing():
    assert not seen(Temperature(), 5_000, 5_000, 3_700, 5_000, 5_000).outside
    assert not seen(Temperature(), *[5_000, 3_700] * 9).outside


def test_a_sensor_that_is_silent_tells_nothing():
    assert seen(Temperature(), 5_000, None, 5_000, None, 5_000).outside
    assert not seen(Temperature(), *[None] * 9).outside
    assert seen(Battery(), 2_000, None, 2_000, None, 2_000).state == ERI
    assert seen(Battery(), *[None] * 9).state == FINE


@pytest.mark.parametrize(("mv", "state"), [(3_000, FINE), (2_600, FINE), (2_599, ERI),
                                           (2_400, ERI), (2_399, EOS)])
def test_the_battery_at_its_edges(mv, state):
    assert seen(Battery(), *[mv] * 9).state == state


def test_a_short_dip_is_no_end():
    assert seen(Battery(), 2_000, 2_000, 2_700, 2_000, 2_000).state == FINE


@given(st.lists(st.integers(2_000, 3_000), max_size=40))
def test_the_battery_never_gets_better_and_three_low_readings_always_tell(readings):
    battery, before, low = Battery(), FINE, 0
    for mv in readings:
        battery.look(mv)
        assert before <= battery.state <= before + 1
        low = low + 1 if mv < 2_600 else 0
        if low >= 3:
            assert battery.state >= ERI
        before = battery.state
