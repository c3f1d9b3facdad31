"""What the link may ask for: questions are answered here, orders are passed on (SR33).

    orders.py  prescribe, start, stop, calibrate, refill, clock
    dosing.py  clinician bolus, prime
"""

import sys

from pump.app import alarming, bolus, dosing, orders
from pump.app.build import BUILD
from pump.app.logstream import LogStream
from pump.app.recovery import prescription_crc
from pump.core import reservoir
from pump.core.programme import WINDOWS_S
from pump.link.session import Refused
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
        clock = pump.clock
        rate = bolus_left_s = lockout_left_s = granted = used_ng = limit_ng = 0
        if pump.guard is not None:
            bolus.over(pump)
            rate = pump.therapy.rate_nl_per_h()
            bolus_left_s = -(-pump.therapy.patient.left_ms(clock.tick) // 1000)
            lockout_left_s = pump.lockout.left_s(clock.s)
            granted = pump.ledger.grant_count
            used_ng = self._used_ng(WINDOWS_S[2])
            limit_ng = pump.prescription.limit_24h_ng
        frames, dropped = self.session.dropped()
        generation, crc = self._active()
        return messages.pack(
            messages.STATUS_FIELDS, pump.mode, pump.reset_cause, pump.alarms.active, clock.s,
            pump.state.boot, pump.board.wall_get(), pump.tally.total, rate,
            pump.state.reservoir_nl, bolus_left_s, lockout_left_s, granted, used_ng, limit_ng,
            pump.state.bolus_id, generation, crc, frames, dropped, pump.log.next_seq,
            pump.stroke_pl)

    def therapy(self):
        """More about doses than STATUS tells, and the counter of the last dose command."""
        pump = self._pump
        if pump.guard is None:
            raise Refused(codes.NO_PRESCRIPTION)
        bolus.over(pump)
        clinician, programme = pump.therapy.clinician, pump.therapy.programme
        left_ms = clinician.left_ms(pump.clock.tick)
        left_nl = clinician.rate_nl_per_h * (left_ms // 1000) // 3600
        return messages.pack(
            messages.THERAPY_FIELDS, pump.tally.counter, self._used_ng(WINDOWS_S[0]),
            self._used_ng(WINDOWS_S[1]), self._used_ng(WINDOWS_S[2]), alarming.commanded_nl(pump),
            pump.state.reservoir_nl, pump.utc_offset_min,
            reservoir.refill_in_h(pump.state.reservoir_nl, programme.low_nl, programme),
            left_nl, left_ms // 1000, dosing.prime_left_nl(pump),
            pump.ledger.primed * pump.stroke_pl // 1000, pump.wear.stroke_pl, pump.battery_mv,
            max(0, pump.temperature_cdegc), pump.profile())

    def alarms(self):
        pump = self._pump
        reply = b""
        for code in codes.ALARMS:
            if pump.alarms.is_active(code):
                reply += messages.pack(
                    messages.ALARM_FIELDS, code, codes.ALARMS[code][1],
                    pump.alarms.latched >> code & 1, pump.alarms.lasted_s(code, pump.clock.s))
        return reply

    def active(self):
        record = b""
        if self._pump.guard is not None:
            payload = self._pump.programme_slot.payload
            record = payload[:wire.length(payload)]
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
            raise Refused(codes.BAD_RANGE, 1, count, most)
        return LogStream(self._pump.log, slot, count)

    # --- orders ---------------------------------------------------------------

    def prescribe(self, record):
        orders.prescribe(self._pump, record)
        return messages.pack(messages.ACTIVE_FIELDS, *self._active())

    def start(self, acknowledge, minimum_rate):
        orders.start(self._pump, acknowledge, minimum_rate)

    def stop(self):
        """Needs no key and is never refused."""
        orders.stop(self._pump, codes.ACTOR_CLINICIAN)

    def acknowledge(self):
        alarming.acknowledge(self._pump, codes.ACTOR_CLINICIAN)

    def calibrate(self, serial, stroke_pl, sensed_pl):
        orders.calibrate(self._pump, serial, stroke_pl, sensed_pl)

    def refill(self, volume_nl, withdrawn_nl):
        return messages.pack(messages.REFILLED_FIELDS,
                             *orders.refill(self._pump, volume_nl, withdrawn_nl))

    def clock(self, wall_s, utc_offset_min):
        orders.set_clock(self._pump, wall_s, utc_offset_min)

    def bolus(self, counter, dose_ng, duration_s):
        return dosing.clinician_bolus(self._pump, counter, dose_ng, duration_s)

    def prime(self, counter, volume_nl):
        return dosing.prime(self._pump, counter, volume_nl)

    # --- parts of them --------------------------------------------------------

    def _active(self):
        pump = self._pump
        if pump.guard is None:
            return 0, 0
        return pump.programme_slot.generation, prescription_crc(pump.programme_slot.payload)

    def _used_ng(self, window_s):
        guard = self._pump.guard
        strokes = guard.used_strokes(self._pump.clock.s, window_s)
        return -(-strokes * guard.limits.pg_per_stroke // 1000)


def _runtime():
    """What runs this firmware, as it says itself."""
    name = "MicroPython" if sys.implementation.name == "micropython" else "CPython"
    parts = [str(part) for part in sys.implementation.version]
    return (name + " " + ".".join(parts[:3]) + ("-" + parts[3] if len(parts) > 3 and parts[3]
                                               else "")).encode()
