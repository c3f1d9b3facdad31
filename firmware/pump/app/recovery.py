"""From power-on to the first turn: what happened before, and what goes on (SR19, SR26, SR62).

Pump time goes on from what the tally proves, so time without power counts as
none. A watchdog reset carries it across in the scratch registers instead.
"""

import binascii
import struct

from pump.app import alarming, bolus, press
from pump.core import limits as guard_limits
from pump.core import pauses, starvation
from pump.core.button import Button
from pump.core.clock import Clock
from pump.core.prescription import check
from pump.core.programme import WINDOWS_S, Programme
from pump.core.schedule import second_of_week
from pump.store import pages
from pump.store.nor import FlashFault
from pump.store.rebuild import YEAR_S, rebuild, without_power_s
from thecal_wire import codes, events
from thecal_wire import prescription as wire

SCRATCH_MAGIC = 0x1443  # third word's lower half; the upper counts crashes, the others hold time
CRASHES_MAX = 3  # SR66: from the third watchdog reset within CRASH_FREE_S on
CRASH_FREE_S = 3_600


def recover(pump, journal_class):
    """Bring the pump to life; leaves it running again only if all of its memory is whole."""
    board = pump.board
    board.enable(False)
    pump.reset_cause, scratch_s, scratch_ms, magic = board.scratch_get()
    pump.programme_slot.load()
    pump.calibration_slot.load()
    pump.settings_slot.load()
    past = rebuild(pump.tally, pump.ledger, pump.lockout)
    if past.found:
        pump.tally.resume_at(past)
    pump.log.open()
    warm = (pump.reset_cause == codes.RESET_WATCHDOG and magic & 0xFFFF == SCRATCH_MAGIC
            and scratch_ms < 1000)
    if pump.reset_cause == codes.RESET_WATCHDOG:
        pump.crashes = min((magic >> 16) + 1 if warm else 1, 1000)
    started_s, started_ms = past.now_s, 0
    if warm and scratch_s >= past.now_s:
        started_s, started_ms = scratch_s, scratch_ms
    pump.clock = Clock(board.now(), started_s, started_ms)
    pump.boot_s = pump.due_since_s = pump.stopped_s = pump.clock.s
    pump.last_stroke_s = past.last_stroke_s
    level, _edges = board.buttons()
    pump.button = Button(board.now(), level)
    pump.state.boot += 1
    if pump.state.running:
        pump.state.boots = min(pump.state.boots + 1, 255)
    pump.journal = journal_class(pump.log, board, pump.clock, pump.state)
    _load_slots(pump)
    try:
        _go_on(pump, past, warm)
    except FlashFault as fault:
        board.trace("recovery: %s" % fault)
        alarming.raise_alarm(pump, codes.STORE_DEFECT, fault.address)
        alarming.settle(pump)


def carry(pump):
    """Keep pump time in the scratch registers for a watchdog reset to come."""
    if pump.crashes and pump.clock.s - pump.boot_s >= CRASH_FREE_S:
        pump.crashes = 0
    pump.board.scratch_set(pump.clock.s, pump.clock.ms, SCRATCH_MAGIC + (pump.crashes << 16))


def _load_slots(pump):
    """Take calibration and programme from their slots; nothing defective is guessed at."""
    calibration = pump.calibration_slot.payload
    if calibration is not None:
        pump.serial = calibration[:12].split(b"\0")[0]
        pump.stroke_pl = int.from_bytes(calibration[12:16], "little")
        pump.sensed_pl = int.from_bytes(calibration[16:20], "little")
    settings = pump.settings_slot.payload
    if settings is not None:
        pump.utc_offset_min = struct.unpack("<h", settings)[0]
    record = pump.programme_slot.payload
    if not record or calibration is None:
        return
    if pump.programme_slot.generation < pump.tally.generation:
        # The newest slot is damaged and the other holds what was replaced: never that.
        pump.programme_slot.defect = True
        return
    length = wire.length(record)
    prescription = wire.unpack(record[:length])
    limits = guard_limits.decode(record[length:], prescription_crc(record))
    if prescription is None or limits is None or limits.stroke_pl != pump.stroke_pl:
        pump.programme_slot.defect = True
        return
    if check(prescription, pump.stroke_pl, pump.serial) is not None:
        pump.programme_slot.defect = True
        return
    pump.adopt(prescription, Programme(prescription, pump.stroke_pl), limits)


def prescription_crc(record):
    """CRC-32 of the prescription at the start of a stored record."""
    return binascii.crc32(memoryview(record)[:wire.length(record)])


def _go_on(pump, past, warm):
    state = pump.state
    # Before the first page: the header of the last one becomes that of the next.
    off_s = without_power_s(state, pump.board.wall_get(), pump.clock.s)
    pump.tally.off_s = min(pump.tally.off_s + off_s, YEAR_S)
    cut_commit = (pump.guard is not None
                  and pump.programme_slot.generation != pump.tally.generation)
    if cut_commit:
        state.minimum_rate = False  # a new programme runs as it is written
    if pump.guard is not None:
        if not pump.ledger.weigh_as(pump.guard.limits.pg_per_stroke):
            pump.programme_slot.defect = True
        pump.ledger.advance(pump.clock.s)
        if not warm:
            pump.ledger.restamp(pump.clock.s, WINDOWS_S[-1])
            pump.lockout.restart(pump.clock.s, pump.guard.limits.longest_lockout_s)
            state.restarts = min(state.restarts + 1, 255)
        pump.guard.occlusion.recall(state.resumes, pump.clock.s)
    pump.write_state(pages.BOOT)
    pump.journal.write(events.BOOT, pump.reset_cause, state.boots, pump.tally.total)
    if pump.guard is not None:
        _end_cut_boluses(pump)
    if cut_commit:
        # The commit was cut between its slot and its record.
        pump.journal.write(events.PRESCRIBED, pump.programme_slot.generation,
                           prescription_crc(pump.programme_slot.payload))
        pump.tally.generation = pump.programme_slot.generation
    pump.checkpoint()
    _report_power_off(pump, past)
    _raise_alarms(pump)
    if state.running and pump.guard is not None:
        pump.run(True)
        alarming.settle(pump)
    pump.update_mode(codes.ACTOR_SYSTEM)


def _end_cut_boluses(pump):
    """A bolus that was cut ends; its grant, begin and fraction are in the log once."""
    state, run = pump.state, pump.tally.bolus
    if state.in_bolus:
        if not state.priming:
            if not bolus.recorded(pump, events.PRESS, run):
                press.write_press(pump, codes.GRANTED, 0, 0)
            pump.lockout.restart(pump.clock.s + (1 if pump.clock.ms else 0), run.lockout_s)
        bolus.recall_begin(pump, run)
        bolus.close(pump, bolus.running_kind(pump), codes.END_POWER, 0)
    if state.in_clinician:
        bolus.recall_begin(pump, pump.tally.clinician)
        bolus.close(pump, codes.CLINICIAN_BOLUS, codes.END_POWER, 0)


def _report_power_off(pump, past):
    """What basal missed while off, as far as the wall clock can tell (SR11)."""
    wall_s = pump.board.wall_get()
    if not past.found or not pump.state.running or pump.guard is None:
        return
    off_s = wall_s - past.state_wall_s
    if wall_s == 0 or past.state_wall_s == 0 or not 0 < off_s < YEAR_S:
        pump.journal.write(events.NOT_DELIVERED, 0, codes.LOST_POWER, 0)
        return
    programme = pump.therapy.programme
    second = second_of_week(past.state_wall_s, pump.utc_offset_min)
    ordered_nl = programme.ordered_nl(second, off_s)
    made_nl = past.tail_strokes * pump.stroke_pl // 1000
    run = pump.tally.clinician if past.tail_kind == pages.CLINICIAN_STROKE else pump.tally.bolus
    if past.tail_kind != pages.BASAL_STROKE and run.s:
        total = programme.lowest_nl_per_h + run.nl * 3600 // run.s
        made_nl = made_nl * programme.lowest_nl_per_h // max(total, 1)
    lost_nl = min(max(0, ordered_nl - made_nl), 0xFFFFFFFF)
    pump.journal.write(events.NOT_DELIVERED, lost_nl, codes.LOST_POWER, off_s)


def _raise_alarms(pump):
    latched = pump.state.latched  # which the first alarm raised would overwrite
    if pump.crashes >= CRASHES_MAX:
        alarming.raise_alarm(pump, codes.CRASH_LOOP, pump.crashes)
    for code in codes.ALARMS:
        if latched & (1 << code):
            alarming.raise_alarm(pump, code, 0, True)
    if pump.programme_slot.defect or pump.calibration_slot.defect:
        alarming.raise_alarm(pump, codes.STORE_DEFECT)
    if pump.board.wall_get() == 0:
        alarming.raise_alarm(pump, codes.CLOCK_LOST)
    if pump.guard is None or not pump.state.running:
        return
    if pump.guard.limits.profiles and starvation.bolus_locked_out(pump.state.restarts):
        alarming.raise_alarm(pump, codes.BOLUS_UNAVAILABLE, pump.state.restarts)
    # Where nothing is due by itself only the time without power was a stop.
    since_s = pump.last_stroke_s if pump.guard.limits.longest_gap_s else pump.clock.s
    if pump.tally.total and pauses.too_long(pump.clock.s, since_s, pump.tally.off_s):
        alarming.raise_alarm(pump, codes.LONG_STOPPED, min(pump.tally.off_s, 0xFFFFFFFF))
