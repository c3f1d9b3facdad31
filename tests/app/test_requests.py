"""The button and a clinician's dose commands, on the whole firmware."""

import pytest

from tests.app.bodied import Bodied
from tests.core.parts import ROOM
from tests.proof.body import PowerCut
from thecal_wire import codes, events

LOCKOUT_S = 14_400
DOSE_NG = 100_000  # 10,000 nL


def running(**changes):
    pump = Bodied(**{**ROOM, **changes})
    assert pump.start() == 0
    return pump.run(LOCKOUT_S + 10)


def test_every_press_is_logged_once_with_its_answer():
    pump = Bodied()
    answers = [pump.press()]
    pump.start()
    answers.append(pump.press())
    pump.run(LOCKOUT_S + 10)
    answers += [pump.press(), pump.press()]
    assert answers == [codes.NOT_RUNNING, codes.LOCKOUT, codes.GRANTED, codes.BOLUS_ACTIVE]
    assert [values[0] for values in pump.events(events.PRESS)] == answers


def test_a_clinician_bolus_lasts_from_the_longest_lockout_to_six_hours():
    pump = running()
    for counter, duration_s, answer in ((1, LOCKOUT_S - 1, codes.BAD_RANGE),
                                        (1, 21_601, codes.BAD_RANGE), (1, LOCKOUT_S, 0)):
        assert pump.ask(pump.desk.bolus, counter, DOSE_NG, duration_s) == answer
    pump.run(LOCKOUT_S)
    assert pump.ask(pump.desk.bolus, 2, DOSE_NG, 21_600) == 0


def test_a_clinician_bolus_and_basal_together_stay_within_the_highest_rate():
    pump = running(profiles=[])
    most_ng = 990_000 * 60 // 3600 * 10  # in a minute beside 10,000 nL/h
    assert pump.ask(pump.desk.bolus, 1, most_ng + 1_000, 60) == codes.BAD_RANGE
    assert pump.ask(pump.desk.bolus, 1, most_ng, 60) == 0


def test_a_dose_command_is_given_once_however_often_it_is_sent():
    pump = running()
    assert pump.ask(pump.desk.bolus, 1, DOSE_NG, LOCKOUT_S) == 0
    pump.run(LOCKOUT_S + 10)
    assert pump.ask(pump.desk.bolus, 1, DOSE_NG, LOCKOUT_S) == codes.ALREADY
    pump.power_cut()
    assert pump.ask(pump.desk.bolus, 1, DOSE_NG, LOCKOUT_S) == codes.ALREADY
    assert len(pump.events(events.BOLUS_START)) == 1


def test_an_alarm_ends_a_waiting_clinician_bolus_for_good():
    pump = running()
    assert pump.ask(pump.desk.bolus, 1, DOSE_NG, LOCKOUT_S) == 0
    pump.run(100)
    assert pump.press() == codes.GRANTED
    pump.run(10)
    pump.board.pressure_pa = 60_000
    pump.run(10)
    assert [values[2] for values in pump.events(events.BOLUS_END)] == [codes.END_ALARM] * 2
    pump.board.pressure_pa = 5_000
    pump.run(10)
    assert pump.ask(pump.desk.bolus, 2, DOSE_NG, LOCKOUT_S) == 0


@pytest.mark.parametrize("operations", range(5))
def test_a_cut_while_a_bolus_ends_leaves_its_end_in_the_log_once(operations):
    pump = running()
    assert pump.press() == codes.GRANTED
    pump.run(299)
    pump.board.cut_in = operations
    with pytest.raises(PowerCut):
        pump.run(3_000)
    pump.power_cut()
    ends = [record for record in map(events.unpack, pump.pump.log.since(0))
            if record[2] == events.BOLUS_END]
    assert len(ends) == 1


def test_a_grant_between_two_restarts_ends_their_count():
    pump = running()
    for _ in range(2):
        pump.power_cut()
        pump.run(LOCKOUT_S + 10)
    assert pump.press() == codes.GRANTED
    pump.run(301)
    pump.power_cut()
    assert codes.BOLUS_UNAVAILABLE not in pump.alarms()
    pump.power_cut()
    pump.power_cut()
    assert codes.BOLUS_UNAVAILABLE in pump.alarms()
