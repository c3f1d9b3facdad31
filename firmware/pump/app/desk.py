"""What the link may ask for. Every limit is checked here or below, whoever asks (SR33)."""

import struct
import sys

from pump.app import alarming, bolus
from pump.app.build import BUILD
from pump.app.logstream import LogStream
from pump.app.pump import CAPACITY_NL, RESERVOIR_EMPTY_NL
from pump.app.recovery import prescription_crc
from pump.core import limits as guard_limits
from pump.core import units
from pump.core.prescription import Programme, check
from pump.link.session import Refused
from pump.store import pages
from pump.store.nor import FlashFault
from thecal_wire import FIRMWARE_VERSION, PROTOCOL_VERSION, codes, events, messages
from thecal_wire import prescription as wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FRESH_S = 60  # a log asked for again sooner is not brought up to date: it could be flushed so


class Desk:
    """One method for each message; returns the reply's payload or raises Refused."""

    def __init__(self, pump):
        self._pump = pump
        self.session: Any = None

    # --- questions ------------------------------------------------------------

    def hello(self):
        pump = self._pump
        major, minor, patch = FIRMWARE_VERSION
        return messages.pack(
            messages.HELLO_FIELDS, PROTOCOL_VERSION, major, minor, patch, pump.serial,
            pump.state.boot, pump.reset_cause, BUILD, _runtime())

    def status(self):
        pump = self._pump
        guard, clock = pump.guard, pump.clock
        rate = bolus_left_s = lockout_left_s = granted = used_ng = limit_ng = 0
        if guard is not None:
            bolus.over(pump)
            limits = guard.limits
            rate = pump.therapy.rate_nl_per_h()
            bolus_left_s = -(-pump.therapy.bolus_left_ms(clock.tick) // 1000)
            lockout_left_s = pump.lockout.left_s(clock.s, limits.lockout_s)
            granted = pump.ledger.grant_count
            used_ng = -(-guard.used_strokes(clock.s) * limits.pg_per_stroke // 1000)
            limit_ng = pump.prescription.dose_limit_ng
        frames, dropped = self.session.dropped()
        generation, crc = self._active()
        return messages.pack(
            messages.STATUS_FIELDS, pump.mode, pump.reset_cause, pump.alarms.active, clock.s,
            pump.state.boot, pump.board.wall_get(), pump.tally.total, rate,
            pump.state.reservoir_nl, bolus_left_s, lockout_left_s, granted, used_ng, limit_ng,
            pump.state.bolus_id, generation, crc, frames, dropped, pump.log.next_seq,
            pump.stroke_pl)

    def active(self):
        record = b""
        if self._pump.guard is not None:
            record = self._pump.programme_slot.payload[:wire.BYTES]
        return messages.pack(messages.ACTIVE_FIELDS, *self._active()) + record

    def log_info(self):
        if self._pump.clock.s - self._pump.journal.since_s >= FRESH_S:
            self._pump.report_delivery()  # so that the log tells all up to now
        log = self._pump.log
        return messages.pack(messages.LOG_INFO_FIELDS, log.slots, log.first_slot(),
                             log.next_slot, log.next_seq, events.RECORD_BYTES)

    def log_read(self, slot, count):
        if slot >= self._pump.log.slots:
            raise Refused(codes.BAD_RANGE, 0, slot, self._pump.log.slots - 1)
        most = min(messages.LOG_READ_MAX, self._pump.log.slots - slot)
        if not 1 <= count <= most:
            raise Refused(codes.BAD_RANGE, 0, count, most)
        return LogStream(self._pump.log, slot, count)

    # --- orders ---------------------------------------------------------------

    def prescribe(self, record):
        """Validate the whole, store it, make it active; the old one runs until then (SR04)."""
        pump = self._pump
        if not pump.stroke_pl:
            raise Refused(codes.NO_CALIBRATION)
        prescription = wire.unpack(record)
        if prescription is None:
            raise Refused(codes.BAD_LENGTH, 0, len(record), wire.BYTES)
        problem = check(prescription, pump.stroke_pl, pump.serial)
        if problem is not None:
            raise Refused(problem.code, wire.FIELDS.index(problem.field),
                          min(problem.value, 0xFFFFFFFF), min(problem.limit, 0xFFFFFFFF))
        if pump.guard is not None:
            bolus.over(pump)
        if pump.state.in_bolus:
            raise Refused(codes.BOLUS_ACTIVE)
        self._refuse_other_drug(prescription)
        self._commit(record, prescription)
        return messages.pack(messages.ACTIVE_FIELDS, *self._active())

    def start(self, acknowledge):
        """Start therapy; with `acknowledge` latched alarms are ended first."""
        pump = self._pump
        if not pump.stroke_pl:
            raise Refused(codes.NO_CALIBRATION)
        if pump.guard is None:
            raise Refused(codes.NO_PRESCRIPTION)
        if pump.programme_slot.defect or pump.calibration_slot.defect:
            raise Refused(codes.STORE_FAILED)
        if pump.state.reservoir_nl <= RESERVOIR_EMPTY_NL:
            raise Refused(codes.RESERVOIR, 0, pump.state.reservoir_nl, RESERVOIR_EMPTY_NL)
        if acknowledge:
            alarming.acknowledge(pump, codes.ACTOR_CLINICIAN)
        if pump.alarms.latched:
            raise Refused(codes.ALARM, 0, pump.alarms.active)
        if not pump.therapy.running:
            pump.state.running = True
            pump.state.boots = 0
            try:
                self._keep()
            except Refused:
                pump.state.running = False
                raise
            pump.run(True)
            alarming.settle(pump, codes.ACTOR_CLINICIAN)
        return b""

    def stop(self):
        """Stop therapy; needs no key and is never refused."""
        stop(self._pump, codes.ACTOR_CLINICIAN)
        return b""

    def calibrate(self, serial, stroke_pl):
        """Factory: what one stroke of this pump moves, and its serial number (SR38)."""
        pump = self._pump
        self._must_be_stopped()
        if not units.STROKE_MIN_PL <= stroke_pl <= units.STROKE_MAX_PL:
            low = stroke_pl < units.STROKE_MIN_PL
            raise Refused(codes.BAD_RANGE, 0, stroke_pl,
                          units.STROKE_MIN_PL if low else units.STROKE_MAX_PL)
        # A programme is made for one stroke volume: it goes first, prescribe again.
        if pump.programme_slot.payload and not pump.programme_slot.write(b""):
            raise Refused(codes.STORE_FAILED)
        pump.guard = pump.therapy = pump.prescription = None
        if not pump.calibration_slot.write(serial + struct.pack("<I", stroke_pl)):
            raise Refused(codes.STORE_FAILED)
        pump.serial, pump.stroke_pl = serial.split(b"\0")[0], stroke_pl
        pump.journal.write(events.CALIBRATED, stroke_pl)
        return b""

    def refill(self, volume_nl):
        """The reservoir holds this volume now; lockout restarts (SR19, SR46)."""
        pump = self._pump
        self._must_be_stopped()
        if volume_nl > CAPACITY_NL:
            raise Refused(codes.BAD_RANGE, 0, volume_nl, CAPACITY_NL)
        before_nl = pump.state.reservoir_nl
        pump.state.reservoir_nl = volume_nl
        pump.lockout.restart(pump.clock.s + 1)
        self._keep(pages.REFILL)
        self._checkpoint()
        pump.journal.write(events.REFILLED, volume_nl, before_nl)
        return b""

    # --- parts of them --------------------------------------------------------

    def _active(self):
        pump = self._pump
        if pump.guard is None:
            return 0, 0
        return pump.programme_slot.generation, prescription_crc(pump.programme_slot.payload)

    def _must_be_stopped(self):
        if self._pump.state.running:
            raise Refused(codes.MUST_STOP)

    def _refuse_other_drug(self, new):
        """Another drug or concentration only while stopped."""
        now = self._pump.prescription
        if now is None or not self._pump.state.running:
            return
        if (new.drug, new.concentration_ug_per_ml) != (now.drug, now.concentration_ug_per_ml):
            raise Refused(codes.MUST_STOP)

    def _commit(self, record, prescription):
        pump = self._pump
        programme = Programme(prescription, pump.stroke_pl)
        stored = record + guard_limits.encode(programme, prescription_crc(record))
        limits = guard_limits.decode(stored[wire.BYTES:], prescription_crc(stored))
        if limits is None:
            raise Refused(codes.STORE_FAILED)
        if not pump.ledger.can_weigh_as(limits.pg_per_stroke):
            raise Refused(codes.DOSE_LIMIT)
        pump.lockout.restart(pump.clock.s + 1)
        self._checkpoint()  # the lockout stands before the programme does
        if not pump.programme_slot.write(stored):
            raise Refused(codes.STORE_FAILED)
        pump.ledger.weigh_as(limits.pg_per_stroke)
        self._take_over(prescription, programme, limits)
        pump.journal.write(events.PRESCRIBED, *self._active())
        pump.tally.generation = pump.programme_slot.generation
        pump.checkpoint()  # should flash fail here, the pump alarms and the host reads the state

    def _take_over(self, prescription, programme, limits):
        """From the old programme to the new one; one that never gets to a stroke shows."""
        pump = self._pump
        running, due_since_s = pump.state.running, pump.due_since_s
        if pump.therapy is not None:
            pump.therapy.flow.advance(pump.clock.tick)
            pump.therapy.flow.restart(pump.clock.tick)
            pump.report_delivery()
        pump.adopt(prescription, programme, limits)
        if running:
            pump.run(True)
            pump.due_since_s = due_since_s
        alarming.settle(pump)

    def _keep(self, kind=pages.STATE):
        try:
            self._pump.write_state(kind)
        except FlashFault:
            raise Refused(codes.STORE_FAILED)

    def _checkpoint(self):
        try:
            self._pump.checkpoint()
        except FlashFault:
            raise Refused(codes.STORE_FAILED)


def stop(pump, actor):
    """Stop therapy at once, whoever asks; the stroke under way is finished (SR05)."""
    state = pump.state
    was_running = state.running or state.in_bolus
    if pump.therapy is None:
        _stop_without_programme(pump)
    else:
        bolus.finish(pump, codes.END_STOP)
        pump.run(False)
        pump.report_delivery()
    if was_running:
        try:
            pump.write_state()
        except FlashFault:
            alarming.raise_alarm(pump, codes.STORE_DEFECT)
    pump.update_mode(actor)


def _stop_without_programme(pump):
    """The programme's memory failed while it ran: nothing may keep the pump from being mended."""
    state = pump.state
    if state.in_bolus:
        strokes = pump.tally.total - pump.tally.bolus_total
        pump.journal.write(events.BOLUS_END, state.bolus_id, strokes * pump.stroke_pl // 1000,
                           codes.END_ALARM)
    state.running = state.in_bolus = False


def _runtime():
    """What runs this firmware, as it says itself."""
    name = "MicroPython" if sys.implementation.name == "micropython" else "CPython"
    parts = [str(part) for part in sys.implementation.version]
    return (name + " " + ".".join(parts[:3]) + ("-" + parts[3] if len(parts) > 3 and parts[3]
                                               else "")).encode()
