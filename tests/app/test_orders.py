"""Orders from the link, on the whole firmware: what they start, and what they leave alone."""

import pytest

from tests.app.bodied import FULL_NL, MONDAY_S, Bodied
from tests.core.parts import EVERY_DAY, ROOM
from thecal_wire import codes, events, messages

LOCKOUT_S = 14_400  # of the one profile in tests/core/parts.py


def running(**changes):
    """A pump whose first lockout is over."""
    pump = Bodied(**{**ROOM, **changes})
    assert pump.start() == 0
    return pump.run(LOCKOUT_S + 10)


def locked_for_s(pump):
    return pump.pump.lockout.left_s(pump.pump.clock.s)


def test_a_programme_starts_the_longest_lockout_of_the_new_one():
    pump = running()
    assert pump.prescribe(**ROOM, bolus_lockout_s=20_000) == 0
    assert 20_000 <= locked_for_s(pump) <= 20_001
    assert pump.press() == codes.LOCKOUT


def test_a_programme_starts_the_longest_lockout_of_the_old_one():
    pump = running()
    assert pump.prescribe(**ROOM, bolus_lockout_s=600) == 0
    assert LOCKOUT_S <= locked_for_s(pump) <= LOCKOUT_S + 1


def test_a_refill_starts_lockout():
    pump = running()
    assert pump.ask(pump.desk.stop) == 0
    assert pump.ask(pump.desk.refill, FULL_NL, messages.NOT_MEASURED) == 0
    assert LOCKOUT_S <= locked_for_s(pump) <= LOCKOUT_S + 1
    assert pump.start() == 0 and pump.press() == codes.LOCKOUT


@pytest.mark.parametrize("by_s", [3_600, 86_400, -3_600])
def test_a_clock_that_is_set_leaves_lockout_alone(by_s):
    pump = running()
    assert pump.press() == codes.GRANTED
    pump.run(400)
    left_s = locked_for_s(pump)
    assert pump.ask(pump.desk.clock, MONDAY_S + by_s + LOCKOUT_S, 0) == 0
    assert locked_for_s(pump) == left_s > LOCKOUT_S - 200
    assert pump.press() == codes.LOCKOUT


@pytest.mark.parametrize("change", [{"concentration_ug_per_ml": 9_999}, {"drug": b"ziconotide"}])
def test_another_drug_or_concentration_only_while_stopped(change):
    pump = running()
    assert pump.prescribe(**ROOM, **change) == codes.MUST_STOP
    assert pump.ask(pump.desk.stop) == 0
    assert pump.prescribe(**ROOM, **change) == 0


def test_after_two_days_without_a_stroke_only_a_clinician_starts_therapy():
    pump = running()
    assert pump.ask(pump.desk.stop) == 0
    pump.run(172_700)
    assert pump.start() == 0 and pump.ask(pump.desk.stop) == 0
    pump.run(200)
    assert pump.start() == codes.LONG_STOP
    assert pump.start(acknowledge=1) == 0


def test_a_clock_that_loses_its_time_leads_to_the_lowest_step_within_a_quarter_hour():
    steps = [(EVERY_DAY, 0, 2_400_000), (EVERY_DAY, 80, 1_200_000)]  # by day; from 20:00 on
    pump = running(steps=steps)
    assert pump.pump.therapy.rate_nl_per_h() == 10_000
    pump.board.wall_valid = False
    pump.run(901)
    assert codes.CLOCK_LOST in pump.alarms()
    assert pump.pump.therapy.rate_nl_per_h() == 5_000


def test_a_reservoir_takes_no_more_than_it_holds():
    pump = Bodied()
    assert pump.ask(pump.desk.refill, 20_000_001, messages.NOT_MEASURED) == codes.BAD_RANGE
    assert pump.ask(pump.desk.refill, 20_000_000, messages.NOT_MEASURED) == 0
    assert pump.events(events.REFILLED)[-1][0] == 20_000_000


def test_a_pump_that_holds_a_millilitre_does_not_start_and_one_that_runs_down_to_it_stops():
    pump = Bodied(**ROOM)
    assert pump.ask(pump.desk.refill, 1_000_000, messages.NOT_MEASURED) == 0
    assert pump.start() == codes.RESERVOIR
    assert pump.ask(pump.desk.refill, 1_001_000, messages.NOT_MEASURED) == 0
    assert pump.start() == 0
    pump.run(3_600)
    assert pump.board.strokes == 4 and codes.RESERVOIR_EMPTY in pump.alarms()


def test_a_pump_that_stands_still_as_long_as_the_reminder_says_tells_so():
    pump = Bodied(**ROOM)
    assert pump.start() == 0 and pump.ask(pump.desk.stop) == 0
    pump.run(3_590)
    assert codes.LONG_PAUSE not in pump.alarms()
    pump.run(20)
    assert codes.LONG_PAUSE in pump.alarms()
    assert pump.start() == 0
    assert codes.LONG_PAUSE not in pump.alarms()
