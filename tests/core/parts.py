"""What the tests of the core are made of: a prescription, its limits, a guard and its clock."""

from pump.core import limits as limits_record
from pump.core.clock import PERIOD, Clock
from pump.core.guard import BOLUS, CLINICIAN, OFF, PRIME, Guard
from pump.core.ledger import Ledger
from pump.core.limits import NO_LIMIT
from pump.core.lockout import Lockout
from pump.core.prime_rule import prime_duration_s
from pump.core.programme import WINDOWS_S, Programme
from thecal_wire import codes
from thecal_wire.prescription import EVERY_DAY, HEAD_FIELDS, VERSION, Prescription

SERIAL = b"TV000001"
STROKE_PL = 250_000
RESERVOIR_NL = 20_000_000
DAY_S = WINDOWS_S[2]

# Basal 10,000 nL/h: one stroke of 250 nL in 90 s. Bolus 10,000 nL = 40 strokes in 5 min.
HEAD = {
    "version": VERSION, "flags": 0, "device_serial": SERIAL, "drug": b"morphine",
    "concentration_ug_per_ml": 10_000, "minimum_ng_per_day": 480_000,
    "periodic_ng": 0, "periodic_duration_s": 0, "periodic_interval_s": 0,
    "limit_1h_ng": 0, "limit_4h_ng": 0, "limit_24h_ng": 2_750_000,
    "catheter_mm": 1_000, "catheter_nl_per_cm": 2_200, "internal_nl": 30_000,
    "reservoir_low_nl": 2_000_000, "pause_reminder_min": 60,
}
# The one step and the one profile of a simple prescription, field by field.
STEP = {"step_weekdays": EVERY_DAY, "step_start_quarter": 0, "basal_ng_per_day": 2_400_000}
PROFILE = {"profile_start_quarter": 0, "bolus_ng": 100_000, "bolus_duration_s": 300,
           "bolus_lockout_s": 14_400, "bolus_count_per_24h": 4}
GOOD = {**HEAD, **STEP, **PROFILE}

NO_BOLUS = {"profiles": []}
NO_BASAL = {"basal_ng_per_day": 0, "minimum_ng_per_day": 0}
PULSE = {"periodic_ng": 100_000, "periodic_duration_s": 300, "periodic_interval_s": 3_600}
ROOM = {"limit_24h_ng": 4_000_000_000}


def prescription(**changes) -> Prescription:
    """A good prescription with some fields changed, or with `steps` or `profiles` of its own."""
    fields = {**GOOD, **changes}
    steps = fields.get("steps", [tuple(fields[name] for name in STEP)])
    profiles = fields.get("profiles", [tuple(fields[name] for name in PROFILE)])
    return Prescription([fields[name] for name in HEAD_FIELDS], steps, profiles)


def programme(stroke_pl=STROKE_PL, **changes) -> Programme:
    """What that prescription means in strokes."""
    return Programme(prescription(**changes), stroke_pl)


def limits(stroke_pl=STROKE_PL, limit_strokes=None, window_s=DAY_S, **changes):
    """Its limits, through the record; `limit_strokes` becomes the one limit, of that window."""
    record = limits_record.encode(programme(stroke_pl, **changes), 0)
    decoded = limits_record.decode(record, 0)
    assert decoded is not None
    if limit_strokes is not None:
        set_limit(decoded, limit_strokes, window_s)
    return decoded


def set_limit(its_limits, strokes, window_s=DAY_S):
    """Make so many strokes in that window the one limit."""
    assert window_s in WINDOWS_S
    its_limits.windows = tuple(strokes if one_s == window_s else NO_LIMIT for one_s in WINDOWS_S)


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
        self.clinician_left_ms = 0  # of one that is paused
        self.new_guard()

    def new_guard(self, running=True):
        """Make the guard anew from what is remembered, as a start of the processor does."""
        self.guard = Guard(self.limits, self.ledger, self.lockout, self.clock, self.total)
        self.guard.run(running)

    def to(self, at_ms):
        """Let pump time go on to `at_ms`."""
        while (self.guard.phase in (BOLUS, CLINICIAN, PRIME)
               and self.now_ms <= self.bolus_end_ms <= at_ms):
            was = self.guard.phase
            self._to(self.bolus_end_ms)
            if was == BOLUS and self.guard.phase == CLINICIAN:
                self.bolus_end_ms = self.now_ms + self.clinician_left_ms
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

    def verdict(self, reservoir_nl=RESERVOIR_NL, profile=0):
        """What the guard says to a request for a patient bolus now."""
        return self.guard.bolus_refusal(self.clock, reservoir_nl, profile)

    def press(self, profile=0):
        """Ask for a patient bolus; it starts if it is granted."""
        result = self.verdict(profile=profile)
        if result == codes.GRANTED:
            if self.guard.phase == CLINICIAN:
                self.clinician_left_ms = self.bolus_end_ms - self.now_ms
            self.guard.grant(self.clock, profile)
            self.bolus_end_ms = self.now_ms + self.limits.profiles[profile].s * 1000
        return result

    def clinician(self, nl, duration_s, reservoir_nl=RESERVOIR_NL):
        """Ask for a clinician bolus; it starts if it is granted."""
        result = self.guard.clinician_refusal(self.clock, reservoir_nl, nl)
        if result == codes.GRANTED:
            self.guard.grant_clinician(self.clock, nl, duration_s)
            self.bolus_end_ms = self.now_ms + duration_s * 1000
        return result

    def prime(self, nl, reservoir_nl=RESERVOIR_NL):
        """Ask for a priming bolus; it starts if it is granted."""
        result = self.guard.prime_refusal(reservoir_nl, nl)
        if result == codes.GRANTED:
            self.guard.grant_prime(self.clock, nl, prime_duration_s(nl))
            self.bolus_end_ms = self.now_ms + prime_duration_s(nl) * 1000
        return result

    def power_cut(self, running=True):
        """Power goes and comes back: what recovery does, pump time standing still meanwhile."""
        self.ledger.advance(self.clock.s)
        self.ledger.restamp(self.clock.s, DAY_S)
        self.lockout.restart(self.clock.s, self.limits.longest_lockout_s)
        self.new_guard(running)

    def programme(self, new_limits):
        """A new programme, between boluses; lockout counts from now (here: a whole second)."""
        former = self.guard
        for its in (self.limits, new_limits):
            self.lockout.restart(self.clock.s, its.longest_lockout_s)
        self.limits = new_limits
        self.guard = Guard(new_limits, self.ledger, self.lockout, self.clock, self.total)
        self.guard.take_over(former)

    def refill(self):
        """Lockout begins again (here: a whole second)."""
        self.lockout.restart(self.clock.s, self.limits.longest_lockout_s)
        self.ledger.refilled(self.clock.s)

    def in_bolus(self):
        """True while a patient bolus runs."""
        return self.guard.phase == BOLUS

    def is_off(self):
        """True while therapy does not run."""
        return self.guard.phase == OFF


def ready(**changes):
    """A guard that would permit a stroke now, its dose limit out of the way."""
    pump = Guarded(limits(**{"limit_strokes": 2_000, **changes}))
    assert pump.guard.ask(pump.clock, pump.total) is not None
    return pump
