"""The guard, its ledger and its lockout with small parameters: a state and an event give a state.

The classes are the firmware's own; only module constants are scaled. What `pump.app` does around
them at each event (recovery, orders, alarms) is written out here in a few lines each. Runs on
CPython and on MicroPython.

A state is a tuple of whole numbers in which times are relative to now, so that two moments from
which the guard decides alike are one state. `load` makes the objects from it, `save` the tuple.
"""

from array import array

from pump.core import (
    bolus_rule,
    envelope,
    ledger,
    limits,
    prime_rule,
    programme,
    schedule,
    units,
    window_rule,
)
from pump.core import guard as guard_module
from pump.core.clock import PERIOD, Clock, elapsed_ms, plus_ms
from pump.core.guard import BOLUS, CLINICIAN, MINIMUM, OFF, PRIME, Guard
from pump.core.ledger import Ledger
from pump.core.lockout import Lockout
from tests.model import guard_cases as cases
from thecal_wire import codes
from thecal_wire.prescription import Prescription

PLENTY_NL = 20_000_000
TURNS = 1_000  # of the ring of quarters: where a state that is loaded stands
NOT_NOW = -1  # the pump's application does not let this happen now


def scale(case):
    """Set the constants of the core to those of a case."""
    day_s = case.day_s()
    windows_s = tuple([quarters * case.quarter_s for quarters in case.quarters])
    for module in (schedule, envelope, ledger, window_rule, programme):
        module.QUARTER_S = case.quarter_s
    ledger.BUCKETS = case.quarters[2] + 1
    ledger.DAY_S = day_s
    ledger.GRANTS_MAX = case.grants_max
    envelope.SPAN_QUARTERS = limits.SPAN_QUARTERS = case.quarters[2] + 2
    for module in (programme, guard_module, bolus_rule):
        module.WINDOWS_S = windows_s
    programme.LOCKOUT_MIN_S = 1
    bolus_rule.BOLUS_STROKES_MIN = 1


def limits_of(case, number):
    """The limits of a programme of the case, through its record as the pump stores it."""
    rate, concentration, strokes, profiles = case.programmes[number]
    pg = units.dose_up_pg(cases.STROKE_PL, concentration)
    head = (2, 0, b"", b"", concentration, 0, 0, 0, 0) + tuple([
        -(-limit * pg // 1000) for limit in strokes]) + (0, 500, case.catheter_nl, 1_000_000, 5)
    steps = [(schedule.EVERY_DAY, 0, rate * 24 * concentration // 1000)]
    made = programme.Programme(Prescription(head, steps, [
        (i, -(-nl * concentration // 1000), s, lockout_s, count)
        for i, (nl, s, lockout_s, count) in enumerate(profiles)]), cases.STROKE_PL)
    # The envelope takes a quarter for a quarter of an hour: give it what flows in a scaled one.
    made.most = envelope.most_strokes(made.week, [rate * 4 * case.quarter_s // 3600], 0, 0, 0,
                                      cases.STROKE_PL)
    return limits.Limits(limits.encode(made, 0))


# All that guard, ledger and lockout remember. What is new in them must go into `save` and `load`.
REMEMBERED = {
    "limits", "ledger", "lockout", "occlusion", "free_flow", "temperature", "phase", "refusal",
    "blocked", "alarmed", "_permit", "_tally_strokes", "_last_tick", "_last_s", "_gated",
    "_gate_ms", "_end_tick", "_left", "extra_permille", "_extra", "lockout_s", "clinician_waits",
    "_clinician_left", "_clinician_left_ms", "_clinician_gate_ms", "_clinician_nl_per_h",
    "_clinician_spare",
    "basal", "bolus", "pg_per_stroke", "newest", "lump", "lump_s", "lump_first", "lump_skip",
    "primed", "primed_weight", "primed_s", "grants", "grant_count", "until_s",
}


class Machine:
    """One scaled pump. `apply` returns what came of an event."""

    def __init__(self, case):
        scale(case)
        self.case = case
        self.quarter_s = case.quarter_s
        self.buckets = ledger.BUCKETS
        self.limits = [limits_of(case, i) for i in range(len(case.programmes))]
        self.gate_cap_ms = 2_000 + max([max([one.gate_ms] + [p.gate_ms for p in one.profiles])
                                        for one in self.limits])
        volume_nl, duration_s = case.clinician
        self.clinician_nl_per_h = volume_nl * 3600 // duration_s
        self.begin(0, 0)

    def forgets(self):
        """Names of what is remembered and not in a state: must be empty."""
        names = set()
        for part in (self.guard, self.ledger, self.lockout):
            names |= set(part.__dict__)
        return names ^ REMEMBERED

    def begin(self, now_s, tick):
        """A pump that never ran, at a pump time and a tick."""
        self.total = 0
        self.number = self.level = 0
        self.clock = Clock(tick, now_s)
        self.ledger = Ledger()
        self.ledger.advance(now_s)
        self.ledger.weigh_as(self.limits[0].pg_per_stroke)
        self.lockout = Lockout()
        self.guard = Guard(self.limits[0], self.ledger, self.lockout, self.clock, 0)
        self.guard.run(True)
        self.proven_s = now_s
        self.extra_permille = 0

    # --- what happens ---------------------------------------------------------------

    def apply(self, event):
        """Let one event happen; returns its outcome (a refusal of the guard's, or 0)."""
        if event >= cases.PROGRAMME:
            return self._programme(event - cases.PROGRAMME)
        return self.HANDLERS[event](self)

    def _wait(self, quanta=1):
        self.clock.advance(plus_ms(self.clock.tick, quanta * self.case.quantum_ms))
        self._turn()
        return 0

    def _late(self):
        return self._wait(self.case.late)

    def _turn(self):
        self.ledger.advance(self.clock.s)
        if self.guard.advance(self.clock):
            self._page()
            if self.guard.phase == OFF:
                self.guard.run(False)

    def _page(self):
        """Something was written to the tally: pump time is proven up to here."""
        self.proven_s = self.clock.s

    def _stroke(self):
        permit = self.guard.ask(self.clock, self.total)
        if permit is None:
            return self.guard.refusal
        self._mark(permit)
        return 0

    def _mark(self, permit):
        self.total += 1
        self.guard.charge(permit, self.total, self.clock)
        self._page()

    def _stroke_cut(self):
        result = self._stroke()
        return result or self._restart(False, 0)

    def _stroke_reset(self):
        result = self._stroke()
        return result or self._restart(True, 0)

    def _press(self, number=0):
        result = self.guard.bolus_refusal(self.clock, PLENTY_NL, number)
        if result == codes.GRANTED:
            self._page()
            self.guard.grant(self.clock, number)
        return result

    def _press_other(self):
        return self._press(1)

    def _clinician(self):
        volume_nl, duration_s = self.case.clinician
        result = self.guard.clinician_refusal(self.clock, PLENTY_NL, volume_nl)
        if result == codes.GRANTED:
            self._page()
            self.guard.grant_clinician(self.clock, volume_nl, duration_s)
        return result

    def _prime(self):
        volume_nl = self.case.prime_nl
        result = self.guard.prime_refusal(PLENTY_NL, volume_nl)
        if result == codes.GRANTED:
            self._page()
            self.guard.grant_prime(self.clock, volume_nl, prime_rule.prime_duration_s(volume_nl))
        return result

    def _finish(self):
        guard = self.guard
        priming = guard.phase == PRIME
        guard.drop_clinician()
        guard.end_bolus(self.clock)
        if priming:
            guard.run(False)

    def _stop(self):
        self._finish()
        self.guard.run(False)
        self._page()
        return 0

    def _start(self, minimum_rate=False):
        if self.guard.phase != OFF:
            return NOT_NOW
        self.guard.run(True, minimum_rate)
        self._page()
        return 0

    def _minimum(self):
        return self._start(True)

    def _refill(self):
        if self.guard.phase != OFF:
            return NOT_NOW
        self.lockout.restart(self.clock.s + 1, self.guard.limits.longest_lockout_s)
        self.ledger.refilled(self.clock.s)
        self._page()
        return 0

    def _cut(self):
        return self._restart(False, 0)

    def _cut_back(self):
        """Pump time goes on from what the tally proves."""
        quarter_s = self.clock.s // self.quarter_s * self.quarter_s
        return self._restart(False, self.clock.s - max(self.proven_s, quarter_s))

    def _reset(self):
        return self._restart(True, 0)

    def _restart(self, warm, back_s):
        former, clock = self.guard, self.clock
        running = former.phase not in (OFF, PRIME)
        minimum_rate = former.phase == MINIMUM
        if not warm:
            clock.s -= back_s
            clock.ms = 0
        self.ledger.advance(clock.s)
        if not warm:
            self.ledger.restamp(clock.s, programme.WINDOWS_S[-1])
            self.lockout.restart(clock.s, former.limits.longest_lockout_s)
        self.guard = Guard(former.limits, self.ledger, self.lockout, clock, self.total)
        self.guard.extra_permille = self.extra_permille
        if former.phase == BOLUS:
            self.lockout.restart(clock.s + (1 if clock.ms else 0), former.lockout_s)
        if running:
            self.guard.run(True, minimum_rate)
        self._alarm_as(self.level)
        self._page()
        return 0

    def _alarm(self, level=1):
        if self.level == level:
            return NOT_NOW
        self._finish()
        self._alarm_as(level)
        return 0

    def _alarm_stop(self):
        return self._alarm(2)

    def _alarm_end(self):
        if self.level == 0:
            return NOT_NOW
        self._alarm_as(0)
        return 0

    def _alarm_as(self, level):
        self.level = level
        self.guard.blocked = level == 2
        self.guard.alarmed = level > 0

    def _wear(self):
        self.extra_permille = self.case.extra_permille - self.extra_permille
        self.guard.extra_permille = self.extra_permille
        return 0

    def _programme(self, number):
        former, clock = self.guard, self.clock
        new = self.limits[number]
        if number == self.number or former.phase in (BOLUS, CLINICIAN, PRIME):
            return NOT_NOW
        if former.phase != OFF and new.pg_per_stroke != former.limits.pg_per_stroke:
            return NOT_NOW
        if not self.ledger.can_weigh_as(new.pg_per_stroke):
            return codes.DOSE_LIMIT
        self.lockout.restart(clock.s + 1, former.limits.longest_lockout_s)
        self.lockout.restart(clock.s + 1, new.longest_lockout_s)
        self.ledger.weigh_as(new.pg_per_stroke)
        self.guard = Guard(new, self.ledger, self.lockout, clock, self.total)
        self.guard.take_over(former)
        self.guard.extra_permille = self.extra_permille
        if former.phase != OFF:
            self.guard.run(True)
        self._alarm_as(self.level)
        self.number = number
        self._page()
        return 0

    HANDLERS = (_wait, _stroke, _stroke_cut, _press, _press_other, _clinician, _prime, _stop,
                 _start, _minimum, _refill, _cut, _cut_back, _reset, _alarm, _alarm_stop,
                 _alarm_end, _wear, _late, _stroke_reset)

    # --- states ---------------------------------------------------------------------

    def save(self):
        """The state as a tuple, relative to now."""
        guard, book, clock = self.guard, self.ledger, self.clock
        now, quarter_s, buckets = clock.s, self.quarter_s, self.buckets
        phase = guard.phase
        newest = book.newest
        timed = phase in (BOLUS, CLINICIAN, PRIME)
        waits = guard.clinician_waits
        age = -1
        if guard._gated:
            age = min((now - guard._last_s) * 1000, self.gate_cap_ms)
            if age < self.gate_cap_ms:
                age = elapsed_ms(clock.tick, guard._last_tick)
        lump, lump_ago, lump_first, lump_skip = 0, 0, 0, 0
        if book.lump and newest - book.lump_s // quarter_s < buckets:
            lump, lump_skip = book.lump, book.lump_skip
            lump_ago = newest - book.lump_s // quarter_s
            lump_first = newest - book.lump_first
            # Boluses older than those of the lump keep their age; with none it is all the same.
            if not any(book.bolus[quarter % buckets] for quarter in
                        range(newest - buckets + 1, book.lump_first)):
                lump_first = buckets - 1
        left = self.lockout.until_s - now
        primed_ago = self.case.day_s() + quarter_s + 1  # when it counts no longer
        if book.primed_weight:
            primed_ago = min(now - book.primed_s, primed_ago)
        begun = now // quarter_s * quarter_s
        state = [
            now - begun, clock.ms, self.number, self.level, phase,
            elapsed_ms(guard._end_tick, clock.tick) if timed else 0,
            guard._left if timed else 0, guard._gate_ms, guard.lockout_s if phase == BOLUS else 0,
            1 if waits else 0, guard._clinician_left if waits else 0,
            guard._clinician_left_ms if waits else 0,
            guard._clinician_gate_ms if waits or phase == CLINICIAN else 0,
            age, guard.extra_permille, guard._extra,
            left if left > 0 else 0, now - (self.proven_s if self.proven_s > begun else begun),
            lump, lump_ago, lump_first, lump_skip, book.pg_per_stroke, book.primed,
            book.primed_weight, primed_ago, 1 if self.total else 0, book.grant_count]
        for i in range(self.case.grants_max):
            state.append(now - book.grants[i] if i < book.grant_count else 0)
        basal, bolus = book.basal, book.bolus
        for quarter in range(newest - buckets + 1, newest + 1):
            state.append(basal[quarter % buckets])
            state.append(bolus[quarter % buckets])
        return tuple(state)

    def load(self, state):
        """Make the pump that a state tells of, far from the beginning of pump time."""
        (in_quarter, ms, self.number, self.level, phase, end_ms, left, gate_ms, lockout_s, waits,
         waiting_left, waiting_ms, waiting_gate, age, extra_permille, extra, locked, proven_ago,
         lump, lump_ago, lump_first, lump_skip, pg, primed, primed_weight, primed_ago,
         stroked, grant_count) = state[:28]
        quarter_s, buckets = self.quarter_s, self.buckets
        newest = TURNS * buckets
        now = newest * quarter_s + in_quarter
        clock = self.clock = Clock(PERIOD // 2, now, ms)
        book, guard = self.ledger, self.guard
        guard.limits = self.limits[self.number]
        guard.phase = phase
        guard.blocked, guard.alarmed = self.level == 2, self.level > 0
        guard._tally_strokes = self.total = stroked
        guard._permit.serial = 0
        guard._end_tick = plus_ms(clock.tick, end_ms)
        guard._left, guard._gate_ms, guard.lockout_s = left, gate_ms, lockout_s
        guard.clinician_waits = bool(waits)
        guard._clinician_left, guard._clinician_left_ms = waiting_left, waiting_ms
        guard._clinician_gate_ms = waiting_gate
        guard._clinician_nl_per_h = self.clinician_nl_per_h
        guard._clinician_spare = 0  # with one rate a span holds no more than another as long
        guard._gated = age >= 0
        guard._last_tick = clock.tick - max(age, 0)
        guard._last_s = (now * 1000 + ms - max(age, 0)) // 1000
        guard.extra_permille = self.extra_permille = extra_permille
        guard._extra = extra
        self.lockout.until_s = now + locked
        self.proven_s = now - proven_ago
        book.newest = newest
        book.pg_per_stroke = pg
        book.lump, book.lump_skip = lump, lump_skip
        book.lump_s = (newest - lump_ago) * quarter_s
        book.lump_first = newest - lump_first
        book.primed, book.primed_weight, book.primed_s = primed, primed_weight, now - primed_ago
        book.grant_count = grant_count
        at = 28
        for i in range(self.case.grants_max):
            book.grants[i] = now - state[at + i] if i < grant_count else 0
        at += self.case.grants_max
        # TURNS is whole turns of the ring: the oldest quarter stands in slot 1, the newest in 0.
        basal, bolus = state[at::2], state[at + 1::2]
        book.basal = array("H", basal[-1:] + basal[:-1])
        book.bolus = array("H", bolus[-1:] + bolus[:-1])


def line_of(event, result, state):
    """One transition as a line of text."""
    return f"{event} {result}: {' '.join([str(number) for number in state])}"
