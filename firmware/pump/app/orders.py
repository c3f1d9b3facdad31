"""Orders from the link: each is checked whole, kept, and only then takes effect (SR04, SR33)."""

import struct

from pump.app import alarming, bolus
from pump.app.recovery import prescription_crc
from pump.core import limits as guard_limits
from pump.core import pauses, reservoir, units
from pump.core.prescription import check
from pump.core.programme import Programme
from pump.link.session import Refused
from pump.store import pages
from pump.store.nor import FlashFault
from thecal_wire import codes, events, messages
from thecal_wire import prescription as wire

OFFSET_MAX_MIN = 14 * 60


def prescribe(pump, record):
    """Validate the whole, store it, make it active; the old one runs until then (SR04)."""
    if not pump.stroke_pl:
        raise Refused(codes.NO_CALIBRATION)
    prescription = wire.unpack(record)
    if prescription is None:
        raise Refused(codes.BAD_LENGTH, 0, len(record), wire.length(record))
    problem = check(prescription, pump.stroke_pl, pump.serial)
    if problem is not None:
        raise Refused(problem.code, wire.FIELDS.index(problem.field) + (problem.entry << 5),
                      min(problem.value, 0xFFFFFFFF), min(problem.limit, 0xFFFFFFFF))
    if pump.guard is not None:
        bolus.over(pump)
    if pump.state.in_bolus or pump.state.in_clinician:
        raise Refused(codes.BOLUS_ACTIVE)
    _refuse_other_drug(pump, prescription)
    _commit(pump, record, prescription)


def start(pump, acknowledge, minimum_rate):
    """Start therapy; with `acknowledge` latched alarms are ended first."""
    if not pump.stroke_pl:
        raise Refused(codes.NO_CALIBRATION)
    if pump.guard is None:
        raise Refused(codes.NO_PRESCRIPTION)
    if pump.programme_slot.defect or pump.calibration_slot.defect:
        raise Refused(codes.STORE_FAILED)
    if pump.state.priming:
        raise Refused(codes.BOLUS_ACTIVE)
    if pump.state.reservoir_nl <= reservoir.EMPTY_NL:
        raise Refused(codes.RESERVOIR, 0, pump.state.reservoir_nl, reservoir.EMPTY_NL)
    if minimum_rate and not pump.therapy.programme.minimum_nl_per_h:
        raise Refused(codes.INVALID_FIELD, wire.FIELDS.index("minimum_ng_per_day"), 0, 1)
    if acknowledge:
        alarming.acknowledge(pump, codes.ACTOR_CLINICIAN)
    elif pump.tally.total and not pump.therapy.running and pauses.too_long(
            pump.clock.s, pump.last_stroke_s, pump.tally.off_s):
        raise Refused(codes.LONG_STOP, 0, pump.clock.s - pump.last_stroke_s + pump.tally.off_s,
                      pauses.LONG_STOP_S)
    if pump.alarms.latched & STOPPING:
        raise Refused(codes.ALARM, 0, pump.alarms.active)
    if pump.therapy.running and pump.state.minimum_rate != bool(minimum_rate):
        raise Refused(codes.MUST_STOP)
    if not pump.therapy.running:
        _run(pump, bool(minimum_rate))
        if acknowledge or not pump.tally.total:
            pump.let_s = pump.clock.s


# Latched alarms that change the rate: therapy does not start under them.
STOPPING = sum([1 << code for code in codes.ALARMS
                if codes.ALARMS[code][2] != codes.RATE_UNCHANGED])


def stop(pump, actor):
    """Stop therapy at once, whoever asks; the stroke under way is finished (SR05)."""
    state = pump.state
    was_running = state.running or state.in_bolus or state.in_clinician
    if pump.therapy is None:
        _stop_without_programme(pump)
    else:
        bolus.finish(pump, codes.END_STOP)
        if pump.therapy.running:
            pump.run(False)
        pump.report_delivery()
    if was_running:
        try:
            pump.write_state()
        except FlashFault:
            alarming.raise_alarm(pump, codes.STORE_DEFECT)
    pump.update_mode(actor)


def calibrate(pump, serial, stroke_pl, sensed_pl):
    """Factory: what one stroke of this pump moves, and its serial number (SR38)."""
    must_be_stopped(pump)
    if not units.STROKE_MIN_PL <= stroke_pl <= units.STROKE_MAX_PL:
        low = stroke_pl < units.STROKE_MIN_PL
        raise Refused(codes.BAD_RANGE, 1, stroke_pl,
                      units.STROKE_MIN_PL if low else units.STROKE_MAX_PL)
    if sensed_pl and not stroke_pl // 2 <= sensed_pl <= 2 * stroke_pl:
        raise Refused(codes.BAD_RANGE, 2, sensed_pl,
                      stroke_pl // 2 if sensed_pl < stroke_pl else 2 * stroke_pl)
    # A programme is made for one stroke volume: it goes first, prescribe again.
    if pump.programme_slot.payload and not pump.programme_slot.write(b""):
        raise Refused(codes.STORE_FAILED)
    pump.guard = pump.therapy = pump.prescription = pump.wear = None
    if not pump.calibration_slot.write(serial + struct.pack("<II", stroke_pl, sensed_pl)):
        raise Refused(codes.STORE_FAILED)
    pump.serial, pump.stroke_pl, pump.sensed_pl = serial.split(b"\0")[0], stroke_pl, sensed_pl
    pump.journal.write(events.CALIBRATED, stroke_pl)


def refill(pump, volume_nl, withdrawn_nl):
    """The reservoir holds this volume now; lockout restarts (SR19, SR45, SR46).

    Returns what was expected to be withdrawn, and whether that was not so.
    """
    must_be_stopped(pump)
    if volume_nl > reservoir.CAPACITY_NL:
        raise Refused(codes.BAD_RANGE, 0, volume_nl, reservoir.CAPACITY_NL)
    expected_nl = pump.state.reservoir_nl
    mismatch = reservoir.refill_mismatch(expected_nl, withdrawn_nl, pump.tally.refilled_nl)
    pump.state.reservoir_nl = volume_nl
    restart_lockout(pump)
    _keep(pump, pages.REFILL, struct.pack(pages.REFILL_BODY, volume_nl))
    pump.tally.refilled_nl, pump.tally.refill_total = volume_nl, pump.tally.total
    pump.ledger.refilled(pump.clock.s)
    _checkpoint(pump)
    pump.journal.write(events.REFILLED, volume_nl, expected_nl)
    if withdrawn_nl != messages.NOT_MEASURED:
        pump.journal.write(events.WITHDRAWN, withdrawn_nl, expected_nl)
    if mismatch:
        alarming.raise_alarm(pump, codes.REFILL_MISMATCH, withdrawn_nl)
    alarming.watch_reservoir(pump)
    return expected_nl, mismatch


def set_clock(pump, wall_s, utc_offset_min):
    """Set wall time and its offset; lockout, limits and windows do not notice (SR20, SR82)."""
    if wall_s == 0:
        raise Refused(codes.BAD_RANGE, 0, 0, 1)
    if not -OFFSET_MAX_MIN <= utc_offset_min <= OFFSET_MAX_MIN:
        raise Refused(codes.BAD_RANGE, 1, abs(utc_offset_min), OFFSET_MAX_MIN)
    pump.report_delivery()
    if pump.therapy is not None and pump.therapy.step_due(pump.clock.s + 1):
        pump.therapy.follow(pump.clock, pump.local_second())  # one that has just started
    before_s = pump.board.wall_get()
    if utc_offset_min != pump.utc_offset_min:
        if not pump.settings_slot.write(struct.pack("<h", utc_offset_min)):
            raise Refused(codes.STORE_FAILED)
        pump.utc_offset_min = utc_offset_min
    pump.board.wall_set(wall_s)
    try:
        pump.write_state()  # at once: a power cut would take the jump for time without power
    except FlashFault as fault:
        alarming.raise_alarm(pump, codes.STORE_DEFECT, fault.address)
    pump.journal.write(events.CLOCK_SET, before_s, wall_s)
    alarming.clear_alarm(pump, codes.CLOCK_LOST)
    if pump.therapy is not None and pump.therapy.running:
        pump.therapy.clock_was_set(pump.clock, pump.local_second())


def must_be_stopped(pump):
    """Raise Refused while anything runs."""
    if pump.state.running or pump.state.priming:
        raise Refused(codes.MUST_STOP)


def restart_lockout(pump):
    """Lockout begins again, as long as the longest profile says (SR19)."""
    longest_s = pump.guard.limits.longest_lockout_s if pump.guard is not None else 0
    pump.lockout.restart(pump.clock.s + 1, longest_s)


def _run(pump, minimum_rate):
    state = pump.state
    state.running, state.minimum_rate, state.boots = True, minimum_rate, 0
    try:
        _keep(pump)
    except Refused:
        state.running = state.minimum_rate = False
        raise
    pump.run(True)
    alarming.watch_idle(pump)
    alarming.settle(pump, codes.ACTOR_CLINICIAN)


def _refuse_other_drug(pump, new):
    """Another drug or concentration only while stopped."""
    now = pump.prescription
    if now is None or not (pump.state.running or pump.state.priming):
        return
    if (new.drug, new.concentration_ug_per_ml) != (now.drug, now.concentration_ug_per_ml):
        raise Refused(codes.MUST_STOP)


def _commit(pump, record, prescription):
    programme = Programme(prescription, pump.stroke_pl)
    stored = record + guard_limits.encode(programme, prescription_crc(record))
    limits = guard_limits.decode(stored[len(record):], prescription_crc(stored))
    if limits is None:
        raise Refused(codes.STORE_FAILED)
    if not pump.ledger.can_weigh_as(limits.pg_per_stroke):
        raise Refused(codes.DOSE_LIMIT)
    restart_lockout(pump)
    pump.lockout.restart(pump.clock.s + 1, limits.longest_lockout_s)
    _checkpoint(pump)  # the lockout stands before the programme does
    if not pump.programme_slot.write(stored):
        raise Refused(codes.STORE_FAILED)
    pump.ledger.weigh_as(limits.pg_per_stroke)
    _take_over(pump, prescription, programme, limits)
    pump.journal.write(events.PRESCRIBED, pump.programme_slot.generation,
                       prescription_crc(pump.programme_slot.payload))
    pump.tally.generation = pump.programme_slot.generation
    pump.checkpoint()  # should flash fail here, the pump alarms and the host reads the state


def _take_over(pump, prescription, programme, limits):
    """From the old programme to the new one; one that never gets to a stroke shows."""
    running, due_since_s = pump.state.running, pump.due_since_s
    if pump.therapy is not None:
        pump.therapy.advance(pump.clock)
        pump.therapy.flow.restart(pump.clock.tick)
        pump.report_delivery()
    pump.adopt(prescription, programme, limits)
    if running:
        pump.state.minimum_rate = False  # a new programme runs as it is written
        pump.run(True)
        pump.due_since_s = due_since_s
    alarming.settle(pump)
    alarming.watch_reservoir(pump)


def _stop_without_programme(pump):
    """The programme's memory failed while it ran: nothing may keep the pump from being mended."""
    state = pump.state
    if state.in_bolus:
        run = pump.tally.bolus
        pump.journal.write(events.BOLUS_END, run.id, run.strokes * pump.stroke_pl // 1000,
                           codes.END_ALARM)
    state.running = state.in_bolus = state.in_clinician = state.priming = False


def _keep(pump, kind=pages.STATE, body=b""):
    try:
        pump.write_state(kind, body)
    except FlashFault:
        raise Refused(codes.STORE_FAILED)


def _checkpoint(pump):
    try:
        pump.checkpoint()
    except FlashFault:
        raise Refused(codes.STORE_FAILED)
