"""Power cuts and watchdog resets, on the whole firmware: what goes on, and what begins anew."""

import struct

import pytest

from pump.app.recovery import prescription_crc
from pump.core import limits as guard_limits
from pump.core.programme import Programme
from pump.store import nor
from tests.app.bodied import Bodied
from tests.core.parts import ROOM, SERIAL, STROKE_PL, prescription
from thecal_wire import codes, events
from thecal_wire import prescription as wire

LOCKOUT_S = 14_400


def running(**changes):
    pump = Bodied(**{**ROOM, **changes})
    assert pump.start() == 0
    return pump.run(LOCKOUT_S + 10)


def locked_for_s(pump):
    return pump.pump.lockout.left_s(pump.pump.clock.s)


def test_a_loss_of_power_starts_lockout():
    pump = running()
    pump.power_cut()
    assert locked_for_s(pump) == LOCKOUT_S and pump.press() == codes.LOCKOUT


def test_a_watchdog_reset_starts_no_lockout_and_stamps_nothing_anew():
    pump = running()
    assert pump.press() == codes.GRANTED
    pump.run(LOCKOUT_S + 310)
    pump.watchdog()
    assert locked_for_s(pump) == 0 and pump.pump.ledger.lump == 0


def test_a_watchdog_reset_lets_a_lockout_go_on():
    pump = running()
    assert pump.press() == codes.GRANTED
    pump.run(1_000)
    left_s = locked_for_s(pump)
    pump.watchdog()
    assert left_s - 2 <= locked_for_s(pump) <= left_s + 1


def test_time_without_power_counts_as_none():
    pump = running()
    assert pump.press() == codes.GRANTED
    pump.run(400)
    now_s = pump.pump.clock.s
    pump.power_cut(off_s=86_400)
    assert now_s - 900 <= pump.pump.clock.s <= now_s
    assert pump.pump.ledger.grant_count == 1


def test_after_a_loss_of_power_the_boluses_of_a_whole_day_count_as_just_made():
    pump = running()
    assert pump.press() == codes.GRANTED
    pump.run(10 * 3_600)
    pump.power_cut()
    assert pump.pump.ledger.lump >= 40


def test_what_was_lost_without_power_is_told_less_what_was_given_before():
    pump = running()
    pump.run(850)  # the page of the running quarter hour holds some strokes
    off_s = 36_000
    pump.power_cut(off_s)
    lost_nl, reason, told_s = pump.events(events.NOT_DELIVERED)[-1]
    assert reason == codes.LOST_POWER
    assert told_s > off_s  # since that page was begun
    made_nl = 10_000 * told_s // 3_600 - lost_nl
    assert made_nl > 0 and made_nl % (STROKE_PL // 1000) == 0


def stored(**changes):
    """What the programme's slot holds for a prescription."""
    p = prescription(**changes)
    record = wire.pack([getattr(p, name) for name in wire.HEAD_FIELDS], p.steps, p.profiles)
    return record + guard_limits.encode(Programme(p, STROKE_PL), prescription_crc(record))


def test_a_programme_in_flash_that_this_device_would_refuse_does_not_run():
    pump = running()
    assert pump.pump.programme_slot.write(stored(**ROOM, pause_reminder_min=1))
    pump.power_cut()
    assert codes.STORE_DEFECT in pump.alarms() and pump.pump.guard is None


def test_a_programme_in_flash_that_it_would_accept_runs():
    pump = running()
    assert pump.pump.programme_slot.write(stored(**ROOM, pause_reminder_min=6))
    pump.power_cut()
    assert pump.pump.guard is not None and pump.pump.state.running


def test_limits_made_for_another_stroke_do_not_apply():
    pump = running()
    body = SERIAL.ljust(12, b"\0") + struct.pack("<II", STROKE_PL + 1, 0)
    assert pump.pump.calibration_slot.write(body)
    pump.power_cut()
    assert codes.STORE_DEFECT in pump.alarms() and pump.pump.guard is None


def test_the_programme_before_a_damaged_one_does_not_come_back():
    pump = running()
    assert pump.prescribe(**ROOM, basal_ng_per_day=1_200_000) == 0
    its_crc = pump.pump.programme_slot.payload[-4:]
    at = pump.board.image.find(its_crc, nor.SLOTS[0] * nor.BLOCK_BYTES)
    assert at > 0
    pump.board.image[at] ^= 1
    pump.power_cut()
    assert codes.STORE_DEFECT in pump.alarms() and pump.pump.guard is None


def crash(pump, times, after_s=600):
    for _ in range(times):
        pump.run(after_s)
        pump.watchdog()
    return pump


def test_the_third_watchdog_reset_within_an_hour_of_the_last_stops_therapy():
    pump = crash(running(), 2)
    assert codes.CRASH_LOOP not in pump.alarms()
    crash(pump, 1)
    assert codes.CRASH_LOOP in pump.alarms()
    strokes = pump.board.strokes
    assert pump.run(3_600).board.strokes == strokes


def test_watchdog_resets_further_apart_are_no_loop():
    pump = crash(running(), 4, 3_700)
    assert codes.CRASH_LOOP not in pump.alarms()


@pytest.mark.parametrize("cuts", [1, 2])
def test_priming_strokes_before_a_cut_still_count(cuts):
    pump = Bodied(**ROOM)
    assert pump.ask(pump.desk.prime, 1, 5_000) == 0
    pump.run(60)
    primed = pump.pump.ledger.primed
    for _ in range(cuts):
        pump.power_cut()
    assert pump.pump.ledger.primed == primed >= 19
