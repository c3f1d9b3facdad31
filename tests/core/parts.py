"""What the tests of the core are made of: a prescription, its limits, a guard and its clock."""

from pump.core import limits as limits_record
from pump.core.clock import PERIOD, Clock
from pump.core.guard import BOLUS, OFF, Guard
from pump.core.ledger import Ledger
from pump.core.lockout import Lockout
from pump.core.prescription import Programme
from thecal_wire import codes
from thecal_wire.prescription import FIELDS, VERSION, Prescription

SERIAL = b"TV000001"
STROKE_PL = 250_000
RESERVOIR_NL = 20_000_000

# Basal 10,000 nL/h: one stroke of 250 nL in 90 s. Bolus 10,000 nL = 40 strokes in 5 min.
GOOD = {
    "version": VERSION, "flags": 0, "device_serial": SERIAL, "drug": b"morphine",
    "concentration_ug_per_ml": 10_000, "basal_ng_per_day": 2_400_000, "bolus_ng": 100_000,
    "bolus_duration_s": 300, "bolus_lockout_s": 14_400, "bolus_count_per_24h": 4,
    "dose_limit_ng": 2_750_000, "dose_window_s": 86_400,
}
NO_BOLUS = {"bolus_ng": 0, "bolus_duration_s": 0, "bolus_lockout_s": 0, "bolus_count_per_24h": 0}
NO_BASAL = {"basal_ng_per_day": 0}


def prescription(**changes) -> Prescription:
    """A good prescription with some fields changed."""
    fields = {**GOOD, **changes}
    return Prescription([fields[name] for name in FIELDS])


def programme(stroke_pl=STROKE_PL, **changes) -> Programme:
    """What that prescription means in strokes."""
    return Programme(prescription(**changes), stroke_pl)


def limits(stroke_pl=STROKE_PL, limit_strokes=None, **changes):
    """Its limits, through the record; `limit_strokes` tightens or loosens the dose limit."""
    record = limits_record.encode(programme(stroke_pl, **changes), 0)
    decoded = limits_record.decode(record, 0)
    assert decoded is not None
    if limit_strokes is not None:
        decoded.limit_strokes = limit_strokes
    return decoded


class Guarded:
    """A guard that runs, and pump time in ms; `strokes` are the ms at which one was charged.

    It wakes when a bolus ends, as the loop does, whatever step it is moved by.
    """

    def __init__(self, its_limits, start_s=900_000, tick=PERIOD - 7_000, lockout=None):
        self.limits = its_limits
        self.ledger = Ledger()
        self.lockout = lockout or Lockout()
        self.clock = Clock(tick, start_s)
        self.ledger.advance(start_s)
        self.now_ms = start_s * 1000
        self.total = 0
        self.strokes = []
        self.bolus_end_ms = 0
        self.new_guard()

    def new_guard(self, running=True):
        """Make the guard anew from what is remembered, as a start of the processor does."""
        self.guard = Guard(self.limits, self.ledger, self.lockout, self.clock, self.total)
        self.guard.run(running)

    def to(self, at_ms):
        """Let pump time go on to `at_ms`."""
        if self.guard.phase == BOLUS and self.now_ms <= self.bolus_end_ms <= at_ms:
            self._to(self.bolus_end_ms)
        self._to(at_ms)
        return self

    def wait(self, span_ms):
        """Let time pass."""
        return self.to(self.now_ms + span_ms)

    def _to(self, at_ms):
        while self.now_ms < at_ms:
            step_ms = min(at_ms - self.now_ms, PERIOD // 4)
            self.now_ms += step_ms
            self.clock.advance((self.clock.tick + step_ms) % PERIOD)
        assert self.clock.s * 1000 + self.clock.ms == self.now_ms
        self.guard.advance(self.clock)

    def stroke(self):
        """Ask for one stroke and make its mark; True if it was permitted."""
        permit = self.guard.ask(self.clock, self.total)
        if permit is None:
            return False
        self.total += 1
        self.guard.charge(permit, self.total, self.clock)
        self.strokes.append(self.now_ms)
        return True

    def verdict(self, reservoir_nl=RESERVOIR_NL):
        """What the guard says to a request for a bolus now."""
        return self.guard.bolus_refusal(self.clock, reservoir_nl)

    def press(self):
        """Ask for a bolus; it starts if it is granted."""
        result = self.verdict()
        if result == codes.GRANTED:
            self.guard.grant(self.clock)
            self.bolus_end_ms = self.now_ms + self.limits.bolus_s * 1000
        return result

    def power_cut(self):
        """Power goes and comes back: what recovery does, pump time standing still meanwhile."""
        self.ledger.advance(self.clock.s)
        self.ledger.restamp(self.clock.s, self.limits.window_s)
        self.lockout.restart(self.clock.s)
        self.new_guard()

    def programme(self, new_limits):
        """A new programme, between boluses; lockout counts from now (here: a whole second)."""
        former = self.guard
        self.limits = new_limits
        self.lockout.restart(self.clock.s)
        self.guard = Guard(new_limits, self.ledger, self.lockout, self.clock, self.total)
        self.guard.take_over(former)

    def in_bolus(self):
        """True while a bolus runs."""
        return self.guard.phase == BOLUS

    def is_off(self):
        """True while therapy does not run."""
        return self.guard.phase == OFF


def ready(**changes):
    """A guard that would permit a stroke now, its dose limit out of the way."""
    pump = Guarded(limits(**{"limit_strokes": 2_000, **changes}))
    assert pump.guard.ask(pump.clock, pump.total) is not None
    return pump
