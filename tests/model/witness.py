"""An account of its own beside the guard: what was really given, and what that allows.

Written from docs/dosing.md and not from the guard. It keeps a plain list of strokes with their
ages, the promises of lockout, count and priming cap, and, in a case of honest therapy, the flow
that was ordered. Each event is checked against it; a broken promise is returned in words.

Ages are ms of powered time, which is never less than pump time: so what is never exceeded here
was never exceeded in truth, however long power was off. `careful` ages are pump time, as the
rules round them in favour of refusing; a bolus that fits even so must be granted.
"""

from tests.model import guard_cases as cases
from tests.model.guard_cases import STROKE_PL, Case
from thecal_wire import codes

OFF, BASAL, BOLUS, CLINICIAN, PRIME, MINIMUM = 0, 1, 2, 3, 4, 5
OF_BASAL, OF_BOLUS, OF_PRIME = 0, 1, 2
PRIME_NL_PER_H = 500_000
FULL = STROKE_PL * 3_600  # credit of the honest flow in 1/3600 pL, as rate times ms
LIMIT, SPENT = 4, 5  # why the guard refused a stroke
NOT_NOW = -1  # what the machine says of an event that cannot happen now

State = tuple


class Plan:
    """A programme of the case, read for the second time and from the case itself."""

    def __init__(self, case: Case, number: int) -> None:
        self.rate, concentration, limits, profiles = case.programmes[number]
        self.pg = -(-STROKE_PL * concentration // 1000)
        self.profiles = profiles
        self.longest_ms = 1000 * max((lockout for _nl, _s, lockout, _n in profiles), default=1)
        self.windows = [(1000 * quarters * case.quarter_s, limit * self.pg * 1000)
                        for quarters, limit in zip(case.quarters, limits, strict=True) if limit]
        self.quarter_ms = 1000 * case.quarter_s

    def surely(self, span_ms: int) -> int:
        """Dose that the basal rate gives in a span, without any rounding up."""
        return self.rate * span_ms * self.pg * 1000 // FULL

    def at_most(self, span_ms: int) -> int:
        """The same for whole quarters and in whole strokes, rounded up."""
        quarters = -(-span_ms // self.quarter_ms)
        volume_pl = -(-self.rate * quarters * self.quarter_ms // 3_600_000) * 1000
        return -(-volume_pl // STROKE_PL) * self.pg * 1000


class Witness:
    """What was given and promised, as a state that goes along with the guard's."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.plans = [Plan(case, i) for i in range(len(case.programmes))]
        self.day_ms = 1000 * case.day_s()
        self.quarter_ms = 1000 * case.quarter_s
        self.window_ms = max((window_ms for plan in self.plans for window_ms, _limit
                              in plan.windows), default=0)  # for which strokes are remembered
        self.keep_ms = self.window_ms + 2 * self.quarter_ms
        self.last_cap_ms = 2_000 + max(4 * FULL // (5 * plan.rate) for plan in self.plans)
        self.strokes: list[tuple[int, int, int, int, int]] = []
        self.grants: list[tuple[int, int]] = []
        self.phase, self.left_ms, self.made, self.profile = BASAL, 0, 0, 0
        self.waiting: tuple[int, int, int] | None = None
        self.pauses = 0  # of the clinician bolus that runs: at each a stroke may be on the way
        self.last_ms = self.last_cap_ms
        self.lock_ms = self.locked_ms = 0
        self.primed = 0
        self.level = self.number = self.extra = 0
        self.credit = self.pending = 0
        self.behind_ms = 0  # how far a cut may set pump time back
        self.phase_ms = 0  # of pump time in its quarter

    @property
    def plan(self) -> Plan:
        return self.plans[self.number]

    def save(self) -> State:
        return (tuple(self.strokes), tuple(self.grants), self.phase, self.left_ms, self.made,
                self.profile, self.waiting, self.last_ms, self.lock_ms, self.locked_ms,
                self.primed, self.level, self.number, self.extra, self.credit, self.pending,
                self.behind_ms, self.phase_ms, self.pauses)

    def load(self, state: State) -> None:
        (strokes, grants, self.phase, self.left_ms, self.made, self.profile, self.waiting,
         self.last_ms, self.lock_ms, self.locked_ms, self.primed, self.level, self.number,
         self.extra, self.credit, self.pending, self.behind_ms, self.phase_ms,
         self.pauses) = state
        self.strokes, self.grants = list(strokes), list(grants)

    # --- events -----------------------------------------------------------------------

    def may(self, event: int) -> bool:
        """False for what changes nothing here, or what the honest therapy does not want."""
        if event in (cases.STROKE, cases.STROKE_CUT, cases.STROKE_RESET) and self.case.honest:
            return bool(self.pending)
        return True

    def see(self, event: int, result: int) -> str | None:
        """Take in an event and its outcome; returns which promise it broke, or None."""
        if event >= cases.PROGRAMME:
            return self._programme(event - cases.PROGRAMME, result)
        return self._SEEN[event](self, result)

    def _wait(self, _result: int, quanta: int = 1) -> None:
        span = quanta * self.case.quantum_ms
        self._flow(span)
        keep, cap, day = self.keep_ms, self.window_ms, self.day_ms
        careful = self.case.careful
        self.strokes = [(min(age + span, cap), min(exact + span, cap), min(slow + span, keep)
                         if careful else 0, dose, kind)
                        for age, exact, slow, dose, kind in self.strokes
                        if exact + span < cap or careful and slow + span < keep]
        self.grants = [(min(exact + span, day), slow + span if careful else 0)
                       for exact, slow in self.grants
                       if exact + span < day or careful and slow + span < day + 2_000]
        self.last_ms = min(self.last_ms + span, self.last_cap_ms)
        self.lock_ms = max(0, self.lock_ms - span)
        self.locked_ms = max(0, self.locked_ms - span)
        self.phase_ms += span
        self.behind_ms = min(self.behind_ms + span, self.phase_ms)
        if self.phase_ms >= self.quarter_ms:
            self.phase_ms %= self.quarter_ms
            self.behind_ms = min(self.behind_ms, self.phase_ms)
        if self.left_ms:
            self.left_ms -= span
            if self.left_ms <= 0:
                late_ms = -self.left_ms
                self._end(late_ms)
                self.behind_ms = 0

    def _late(self, result: int) -> None:
        self._wait(result, self.case.late)

    def _flow(self, span_ms: int) -> None:
        if not self.case.honest or self.phase == OFF:
            return
        self.credit += self._rate() * span_ms
        while self.credit >= FULL:
            self.credit -= FULL
            self.pending = 1

    def _rate(self) -> int:
        if self.phase == PRIME:
            return PRIME_NL_PER_H
        rate = self.plan.rate
        if self.phase == BOLUS:
            nl, s = self.plan.profiles[self.profile][:2]
            rate += nl * 3600 // s
        elif self.phase == CLINICIAN:
            nl, s = self.case.clinician
            rate += nl * 3600 // s
        return rate

    def _end(self, late_ms: int = 0) -> None:
        """The bolus that runs is over; how long ago the guard may have learnt of it."""
        was, self.left_ms = self.phase, 0
        if was == BOLUS:
            lockout_ms = 1000 * self.plan.profiles[self.profile][2]
            self._lock(lockout_ms - late_ms, lockout_ms + 999)
        self.phase = OFF if was == PRIME else BASAL
        self.made = self.profile = self.pauses = 0
        if was == PRIME:
            self.credit = self.pending = 0
        if was == BOLUS and self.waiting:
            self.phase = CLINICIAN
            self.left_ms, self.made, self.pauses = self.waiting
            self.waiting = None

    def _lock(self, exact_ms: int, careful_ms: int) -> None:
        self.lock_ms = max(self.lock_ms, exact_ms)
        self.locked_ms = max(self.locked_ms, careful_ms)

    def _finish(self) -> None:
        self.waiting = None
        if self.phase in (BOLUS, CLINICIAN, PRIME):
            self._end()

    def _still(self) -> None:
        self.credit = self.pending = 0
        self.behind_ms = 0

    def _stop(self, _result: int) -> None:
        self._finish()
        self.phase = OFF
        self._still()

    def _start(self, result: int, phase: int = BASAL) -> None:
        if result != NOT_NOW:
            self.phase = phase
            self._still()

    def _minimum(self, result: int) -> None:
        self._start(result, MINIMUM)

    def _refill(self, result: int) -> None:
        if result != NOT_NOW:
            self.primed = 0
            self._lock(self.plan.longest_ms, self.plan.longest_ms + 1_000)
            self.behind_ms = 0

    def _cut(self, _result: int, back_ms: int = 0) -> None:
        back_ms += self.phase_ms % 1000 if not back_ms else 0
        self._finish()
        day, window, slow_window = self.day_ms, self.window_ms, self.window_ms + self.quarter_ms
        anew = []
        for age, exact, slow, dose, kind in self.strokes:
            if kind == OF_BOLUS:
                exact = 0 if exact < window else exact
                slow = 0 if slow - back_ms < slow_window else slow
            anew.append((age, exact, max(0, slow - back_ms), dose, kind))
        self.strokes = anew
        self.grants = [(0 if exact < day else exact, 0) for exact, _slow in self.grants]
        self.locked_ms += back_ms
        self._lock(self.plan.longest_ms, self.plan.longest_ms)
        self.phase_ms -= back_ms
        self._still()

    def _cut_back(self, _result: int) -> None:
        back_ms = self.behind_ms + (self.phase_ms - self.behind_ms) % 1000
        self._cut(0, back_ms)

    def _reset(self, _result: int) -> None:
        self._finish()
        self._still()

    def _alarm(self, result: int, level: int = 1) -> None:
        if result != NOT_NOW:
            if level:
                self._finish()
            self.level = level

    def _alarm_stop(self, result: int) -> None:
        self._alarm(result, 2)

    def _alarm_end(self, result: int) -> None:
        self._alarm(result, 0)

    def _wear(self, _result: int) -> None:
        self.extra = self.case.extra_permille - self.extra

    def _programme(self, number: int, result: int) -> None:
        if result:
            return
        before = self.plan.longest_ms
        self.number = number
        longest = max(before, self.plan.longest_ms)
        self._lock(longest, longest + 1_000)
        if self.phase != OFF:
            self.phase = BASAL
        self._still()

    # --- strokes ----------------------------------------------------------------------

    def _stroke(self, result: int) -> str | None:
        if result:
            return self._refused(result)
        broken = self._may_not_stroke()
        dose = self.plan.pg * (1000 + self.extra)
        kind = {BOLUS: OF_BOLUS, CLINICIAN: OF_BOLUS, PRIME: OF_PRIME}.get(self.phase, OF_BASAL)
        self.strokes.append((0, 0, 0, dose, kind))
        if kind == OF_PRIME:
            self.primed += 1
            if self.primed * STROKE_PL > self.case.catheter_nl * 1000:
                broken = broken or "more primed since the refill than the catheter holds"
        else:
            broken = broken or self._over_limit()
        if self.phase in (BOLUS, CLINICIAN, PRIME):
            self.made += 1
            if self.made > self._most_in_bolus():
                broken = broken or "more strokes than a bolus may hold"
        self.last_ms = self.pending = self.behind_ms = 0
        return broken

    def _stroke_cut(self, result: int) -> str | None:
        broken = self._stroke(result)
        if not result:
            self._cut(0)
        return broken

    def _stroke_reset(self, result: int) -> str | None:
        broken = self._stroke(result)
        if not result:
            self._reset(0)
        return broken

    def _refused(self, reason: int) -> str | None:
        if self.case.honest and reason in (LIMIT, SPENT):
            return f"a stroke that was ordered is refused ({reason})"
        return None

    def _may_not_stroke(self) -> str | None:
        if self.phase == OFF:
            return "a stroke while therapy is off"
        if self.level == 2:
            return "a stroke while an alarm stops flow"
        # A ms for each of the two divisions by which the gate is rounded down.
        if (self.last_ms + 2) * 5 * self._rate() < 4 * FULL:
            return "a stroke before the gate opens"
        return None

    def _over_limit(self) -> str | None:
        for window_ms, limit in self.plan.windows:
            given = sum(dose for age, _e, _s, dose, kind in self.strokes
                        if age < window_ms and kind != OF_PRIME)
            # What a worn stroke weighs more is charged a whole stroke at a time, in advance.
            worn = any(dose > self.plan.pg * 1000 for _a, _e, _s, dose, _k in self.strokes)
            if given > limit and not (worn and given < limit + self.plan.pg * 1000):
                return f"a window of {window_ms} ms holds {given} of {limit}"
        return None

    def _most_in_bolus(self) -> int:
        if self.phase == PRIME:
            return self.case.prime_nl * 1000 // STROKE_PL
        nl, s = (self.plan.profiles[self.profile][:2] if self.phase == BOLUS
                 else self.case.clinician)
        basal = -(-self.plan.rate * 1000 * s // FULL)
        return -(-nl * 1000 // STROKE_PL) + basal + 1 + self.pauses

    # --- boluses ----------------------------------------------------------------------

    def _press(self, result: int, number: int = 0) -> str | None:
        plan = self.plan
        if number >= len(plan.profiles):
            return "a bolus that nobody prescribed" if result == codes.GRANTED else None
        nl, s, _lockout, count = plan.profiles[number]
        if result != codes.GRANTED:
            return self._refused_press(nl, count)
        broken = self._may_not_press(nl, count)
        if self.phase == CLINICIAN:
            self.waiting = (self.left_ms, self.made, self.pauses + 1)
        self.phase, self.left_ms, self.made, self.profile = BOLUS, 1000 * s, 0, number
        self.pauses = 0
        self.grants.append((0, 0))
        self.behind_ms = 0
        return broken

    def _press_other(self, result: int) -> str | None:
        return self._press(result, 1)

    def _may_not_press(self, nl: int, count: int) -> str | None:
        if self.phase not in (BASAL, CLINICIAN) or self.level:
            return f"a patient bolus in phase {self.phase}, alarm {self.level}"
        if self.lock_ms > 0:
            return f"a patient bolus {self.lock_ms} ms before lockout is over"
        if sum(exact < self.day_ms for exact, _slow in self.grants) >= count:
            return "more patient boluses in a day than prescribed"
        return self._does_not_fit(nl)

    def _refused_press(self, nl: int, count: int) -> str | None:
        free = (self.case.careful and self.phase in (BASAL, CLINICIAN) and not self.level
                and self.locked_ms <= 0 and len(self.grants) < count)
        return "a patient bolus that must be granted is refused" if free and self._must_fit(
            nl) else None

    def _clinician(self, result: int) -> str | None:
        nl, s = self.case.clinician
        if result != codes.GRANTED:
            must = (self.case.careful and self.phase == BASAL and not self.level
                    and self._must_fit(nl))
            return "a clinician bolus that must be granted is refused" if must else None
        broken = None
        if self.phase != BASAL or self.level:
            broken = f"a clinician bolus in phase {self.phase}, alarm {self.level}"
        broken = broken or self._does_not_fit(nl)
        self.phase, self.left_ms, self.made = CLINICIAN, 1000 * s, 0
        self.behind_ms = 0
        return broken

    def _prime(self, result: int) -> str | None:
        if result != codes.GRANTED:
            must = (self.phase == OFF and not self.level and self.primed * STROKE_PL
                    + self.case.prime_nl * 1000 <= self.case.catheter_nl * 1000)
            return "priming that must be granted is refused" if must else None
        broken = None
        if self.phase != OFF or self.level:
            broken = f"priming in phase {self.phase}, alarm {self.level}"
        self.phase, self.made = PRIME, 0
        self.left_ms = 1000 * -(-self.case.prime_nl * 3600 // PRIME_NL_PER_H)
        self._still()
        return broken

    def _rest(self) -> tuple[int, int]:
        """Strokes that a clinician bolus under way surely and at most still gives."""
        if self.phase == CLINICIAN:
            made = self.made
        elif self.waiting:
            made = self.waiting[1]
        else:
            return 0, 0
        strokes = -(-self.case.clinician[0] * 1000 // STROKE_PL)
        return max(0, self.case.clinician[0] * 1000 // STROKE_PL - made), strokes + 2

    def _does_not_fit(self, nl: int) -> str | None:
        """A bolus that breaks SR16 without any rounding must be refused."""
        plan = self.plan
        bolus = (nl * 1000 * plan.pg * 1000 // STROKE_PL) + self._rest()[0] * plan.pg * 1000
        for window_ms, limit in plan.windows:
            longest = window_ms == plan.windows[-1][0]
            held = [(exact, dose) for _a, exact, _s, dose, kind in self.strokes
                    if exact < window_ms and (longest or kind != OF_PRIME)]
            for at in {window_ms, *(window_ms - exact - 1 for exact, _dose in held)}:
                load = sum(dose for exact, dose in held if exact + at < window_ms)
                if load + bolus + plan.surely(at) > limit:
                    return f"a bolus for which a window of {window_ms} ms has no room"
        return None

    def _must_fit(self, nl: int) -> bool:
        """True for a bolus that satisfies SR16 even with every rounding against it."""
        plan = self.plan
        bolus = (-(-nl * 1000 // STROKE_PL) + 1 + self._rest()[1]) * plan.pg * 1000
        primes = sum(dose for _a, _e, slow, dose, kind in self.strokes
                     if kind == OF_PRIME and slow <= plan.windows[-1][0] + plan.quarter_ms)
        for window_ms, limit in plan.windows:
            lasts = window_ms + plan.quarter_ms
            held = [(slow, dose) for _a, _e, slow, dose, kind in self.strokes
                    if slow < lasts and kind != OF_PRIME]
            for at in {lasts, *(lasts - slow for slow, _dose in held)}:
                load = sum(dose for slow, dose in held if slow + at <= lasts)
                if load + primes + bolus + plan.at_most(at) > limit:
                    return False
        return True

    _SEEN = (_wait, _stroke, _stroke_cut, _press, _press_other, _clinician, _prime, _stop, _start,
             _minimum, _refill, _cut, _cut_back, _reset, _alarm, _alarm_stop, _alarm_end, _wear,
             _late, _stroke_reset)



