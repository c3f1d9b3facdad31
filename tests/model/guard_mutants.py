"""Wrong versions of the guard and of what is around it: each must break a promise in the model."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from pump.core import bolus_rule, ledger, window_rule
from pump.core import guard as guard_module
from pump.core.guard import Guard
from pump.core.ledger import Ledger
from pump.core.lockout import Lockout
from tests.model import guard_cases as cases
from tests.model.explorer import Violation, explore, walk
from tests.model.guard_machine import Machine

MOST_STATES = 150_000  # within them a wrong version must be seen

Function = Callable[..., Any]


class Mutant(NamedTuple):
    """`wrong(right)` takes the place of `owner.name` while a case is explored."""

    what: str
    case: str
    owner: Any
    name: str
    wrong: Callable[[Any], Any]
    also: tuple[Any, str, Callable[[Any], Any]] | None = None

    @contextmanager
    def planted(self) -> Iterator[None]:
        plants = [(self.owner, self.name, self.wrong), *([self.also] if self.also else [])]
        rights = [getattr(owner, name) for owner, name, _wrong in plants]
        for (owner, name, wrong), right in zip(plants, rights, strict=True):
            setattr(owner, name, wrong(right))
        try:
            yield
        finally:
            for (owner, name, _wrong), right in zip(plants, rights, strict=True):
                setattr(owner, name, right)


def first_violation(mutant: Mutant, most_states: int = MOST_STATES) -> Violation | None:
    """What the model says of a wrong version; None if it saw nothing."""
    case = cases.case_named(mutant.case)
    with mutant.planted():
        if case.path:
            return walk(case)
        found = explore(case, case.depth, most_states=most_states, stop_after=1)
    return found.violations[0] if found.violations else None


# --- the wrong versions -------------------------------------------------------------


def _no_basal_to_come(right: Function) -> Function:
    return lambda book, now_s, window_s, strokes, most, *rest: right(
        book, now_s, window_s, strokes, [0] * len(most), *rest)


def _quarter_short(right: Function) -> Function:
    return lambda self, now_s, window_s: right(self, now_s, window_s) + 1


def _without_newest(right: Function) -> Function:
    def wrong(self: Any, now_s: int, window_s: int) -> int:
        slot = self.newest % ledger.BUCKETS
        return right(self, now_s, window_s) - self.basal[slot] - self.bolus[slot]
    return wrong


def _no_restamp(_right: Function) -> Function:
    return lambda self, now_s, window_s: self.advance(now_s)


def _grants_keep_age(right: Function) -> Function:
    def wrong(self: Any, now_s: int, window_s: int) -> None:
        kept = list(self.grants)
        right(self, now_s, window_s)
        for i, granted_s in enumerate(kept):
            self.grants[i] = granted_s
    return wrong


def _no_lump(right: Function) -> Function:
    def wrong(self: Any, now_s: int, window_s: int) -> None:
        right(self, now_s, window_s)
        self.lump = 0
    return wrong


def _basal_restamped(right: Function) -> Function:
    def wrong(self: Any, now_s: int, window_s: int) -> None:
        right(self, now_s, window_s)
        self.lump += sum(self.basal)
    return wrong


def _lockout_from_begin(right: Function) -> Function:
    def wrong(self: Any, clock: Any, profile: int) -> None:
        right(self, clock, profile)
        self.lockout.restart(clock.s, self.lockout_s)
        self.lockout_s = 0
    return wrong


def _lockout_from_whole_second(right: Function) -> Function:
    def wrong(self: Any, clock: Any) -> None:
        ms, clock.ms = clock.ms, 0
        right(self, clock)
        clock.ms = ms
    return wrong


def _second_less(right: Function) -> Function:
    return lambda self, now_s: max(0, right(self, now_s) - 1)


def _never_over(right: Function) -> Function:
    return lambda self, now_s: max(1, right(self, now_s))


def _second_early(right: Function) -> Function:
    return lambda self, now_s: right(self, now_s - 1)


def _one_too_many(right: Function) -> Function:
    def wrong(guard: Any, *rest: Any) -> int:
        guard.ledger.grant_count -= 1
        result = right(guard, *rest)
        guard.ledger.grant_count += 1
        return result
    return wrong


def _alarm_ignored(right: Function) -> Function:
    def wrong(guard: Any, *rest: Any) -> int:
        kept = guard.alarmed, guard.blocked
        guard.alarmed = guard.blocked = False
        result = right(guard, *rest)
        guard.alarmed, guard.blocked = kept
        return result
    return wrong


def _minimum_is_basal(right: Function) -> Function:
    def wrong(guard: Any, *rest: Any) -> int:
        phase = guard.phase
        if phase == guard_module.MINIMUM:
            guard.phase = guard_module.BASAL
        result = right(guard, *rest)
        guard.phase = phase
        return result
    return wrong


def _limits_changed(change: Callable[[tuple[int, ...]], tuple[int, ...]]) -> Function:
    def planted(right: Function) -> Function:
        def wrong(self: Any, now_s: int) -> bool:
            kept = self.limits.windows
            self.limits.windows = change(kept)
            result = right(self, now_s)
            self.limits.windows = kept
            return result
        return wrong
    return planted


def _stroke_beyond(windows: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(limit + 1 for limit in windows)


def _room_kept_back(windows: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(limit - 3 for limit in windows)


def _longest_only(windows: tuple[int, ...]) -> tuple[int, ...]:
    return (guard_module.NO_LIMIT, guard_module.NO_LIMIT, windows[2])


def _forgets_stroke(right: Function) -> Function:
    def wrong(self: Any, *rest: Any) -> None:
        right(self, *rest)
        self._gated = False
    return wrong


def _keeps_limits(right: Function) -> Function:
    def wrong(self: Any, former: Any) -> None:
        right(self, former)
        self.limits = former.limits
    return wrong


def _nothing(_right: Function) -> Function:
    return lambda *_rest: 0


def _not_primed(right: Function) -> Function:
    def wrong(self: Any, now_s: int) -> None:
        right(self, now_s)
        self.primed = 0
    return wrong


def _forgets_primed(right: Function) -> Function:
    def wrong(self: Any, now_s: int) -> None:
        right(self, now_s)
        self.primed_weight = 0
    return wrong


def _more_strokes(more: int) -> Function:
    return lambda right: lambda self, clock, phase, span_ms, strokes, least_ms: right(
        self, clock, phase, span_ms, strokes + more, least_ms)


def _rounded_down(_right: Function) -> Function:
    def wrong(strokes: Any, _newest: int, old_pg: int, new_pg: int) -> None:
        for slot in range(ledger.BUCKETS):
            strokes[slot] = strokes[slot] * old_pg // new_pg
    return wrong


def _never_worn(right: Function) -> Function:
    def wrong(self: Any, *rest: Any) -> None:
        kept, self.extra_permille = self.extra_permille, 0
        right(self, *rest)
        self.extra_permille = kept
    return wrong


def _on_credit(right: Function) -> Function:
    """A worn stroke's extra weight is charged once it is owed, and a restart forgets the debt."""
    def wrong(self: Any, *rest: Any) -> None:
        kept, self.extra_permille = self.extra_permille, 0
        right(self, *rest)
        self.extra_permille = kept
        if kept:
            if self._extra <= 0:
                self._count(rest[2].s)
                self._extra += 1000
            self._extra -= kept
    return wrong


def _on_credit_too(right: Function) -> Function:
    def wrong(self: Any, now_s: int) -> bool:
        kept = self.extra_permille
        if self._extra > 0:
            self.extra_permille = 0
        result = right(self, now_s)
        self.extra_permille = kept
        return result
    return wrong


def _stroke_first(_right: Function) -> Function:
    """The stroke is made, and power goes before it is charged."""
    def wrong(self: Any) -> int:
        if self.guard.ask(self.clock, self.total) is None:
            return self.guard.refusal
        self.total += 1
        return self._restart(False, 0)
    handlers = list(Machine.HANDLERS)
    handlers[cases.STROKE_CUT] = wrong
    return tuple(handlers)


def _no_lockout(when_warm: bool) -> Function:
    def planted(right: Function) -> Function:
        def wrong(self: Any, warm: bool, back_s: int) -> int:
            until_s = self.lockout.until_s
            result = right(self, warm, back_s)
            if warm == when_warm:
                self.lockout.until_s = 0 if warm else until_s
            return result
        return wrong
    return planted


def _reset_from_whole_second(right: Function) -> Function:
    def wrong(self: Any, warm: bool, back_s: int) -> int:
        until_s, former = self.lockout.until_s, self.guard
        result = right(self, warm, back_s)
        if warm and former.phase == guard_module.BOLUS:
            self.lockout.until_s = max(until_s, self.clock.s + former.lockout_s)
        return result
    return wrong


def _programme_without_lockout(right: Function) -> Function:
    def wrong(self: Any, number: int) -> int:
        until_s = self.lockout.until_s
        result = right(self, number)
        self.lockout.until_s = until_s
        return result
    return wrong


MUTANTS = (
    Mutant("window rule without the basal to come", "honest and fast", bolus_rule, "worst_load",
           _no_basal_to_come),
    Mutant("window a quarter short", "marks", Ledger, "first_quarter", _quarter_short),
    Mutant("window a quarter short, for boluses", "half seconds", Ledger, "first_quarter",
           _quarter_short),
    Mutant("the quarter that has begun is left out", "marks", Ledger, "in_window",
           _without_newest),
    Mutant("nothing stamped anew after a cut", "day", Ledger, "restamp", _no_restamp),
    Mutant("boluses keep their age over a cut", "at the limit", Ledger, "restamp", _no_lump),
    Mutant("basal counted again after a cut", "honest for longer", Ledger, "restamp",
           _basal_restamped),
    Mutant("grants keep their age over a cut", "half seconds", Ledger, "restamp",
           _grants_keep_age),
    Mutant("lockout from the begin of a bolus", "day", Guard, "grant", _lockout_from_begin),
    Mutant("lockout from the second in which a bolus ends", "half seconds", Guard, "end_bolus",
           _lockout_from_whole_second),
    Mutant("lockout a second short", "day", Lockout, "left_s", _second_less),
    Mutant("lockout that never ends", "honest for longer", Lockout, "left_s", _never_over),
    Mutant("no lockout after a cut", "day", Machine, "_restart", _no_lockout(False)),
    Mutant("a reset ends lockout", "day", Machine, "_restart", _no_lockout(True)),
    Mutant("lockout from the second in which a reset ends a bolus", "half seconds", Machine,
           "_restart", _reset_from_whole_second),
    Mutant("no lockout after a new programme", "programmes", Machine, "_programme",
           _programme_without_lockout),
    Mutant("a grant leaves a second before the day is over", "day", Ledger, "add_grant",
           _second_early),
    Mutant("one bolus a day too many", "day", guard_module, "patient_refusal", _one_too_many),
    Mutant("a bolus during an alarm", "everything", guard_module, "patient_refusal",
           _alarm_ignored),
    Mutant("a bolus at the minimum rate", "everything", guard_module, "patient_refusal",
           _minimum_is_basal),
    Mutant("a stroke beyond the limit", "marks", Guard, "within_limits",
           _limits_changed(_stroke_beyond)),
    Mutant("a stroke that has room is refused", "honest and fast", Guard, "within_limits",
           _limits_changed(_room_kept_back)),
    Mutant("the longest window alone is looked at", "two windows", Guard, "within_limits",
           _limits_changed(_longest_only)),
    Mutant("charged after the stroke", "marks", Machine, "HANDLERS", _stroke_first),
    Mutant("a new programme forgets the last stroke", "programmes", Guard, "take_over",
           _forgets_stroke),
    Mutant("a start forgets the last stroke", "day", Guard, "__init__", _forgets_stroke),
    Mutant("the limits of the former programme", "programmes", Guard, "take_over", _keeps_limits),
    Mutant("no gate", "day", Guard, "gate_left_ms", _nothing),
    Mutant("the priming cap of one bolus alone", "prime", Ledger, "add_primed", _not_primed),
    Mutant("a refill forgets what was primed", "prime", Ledger, "refilled", _forgets_primed),
    Mutant("a bolus without an end to its strokes", "a long bolus", Guard, "_begin",
           _more_strokes(50)),
    Mutant("a bolus of too few strokes", "honest and fast", Guard, "_begin", _more_strokes(-4)),
    Mutant("the rest of a paused bolus does not count", "clinician", Guard, "rest_of_clinician",
           _nothing),
    Mutant("past strokes rounded down when the drug changes", "drugs", ledger,
           "_rescale_sums", _rounded_down),
    Mutant("worn strokes at their calibrated weight", "wear", Guard, "charge", _never_worn),
    Mutant("worn strokes on credit", "worn, and reset", Guard, "charge", _on_credit,
           (Guard, "within_limits", _on_credit_too)),
    Mutant("window rule that looks at the present and at the end", "honest and fast", window_rule,
           "most_in", _nothing),
)
