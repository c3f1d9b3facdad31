"""Stops: 48 h without a stroke, and which orders of a clinician may be refused."""

from tests.oracles.dosing_programme import HOUR_MS, QUARTER_MS, highest_step
from tests.proof.flows import FlowJudge

STOP_MS = 48 * HOUR_MS
EMPTY_NL = 1_000_000
NEAR_MS = 60_000  # marks tell their time to 4 s, pages to a second: in favour of a refusal


class StopJudge(FlowJudge):
    """The oracle with an account of what was let happen after 48 h without a stroke."""

    def __init__(self, plan, at_ms, wall_ms, offset_min):
        super().__init__(plan, at_ms, wall_ms, offset_min)
        self.let_ms = None  # when a clinician let therapy go on, and the time off before that
        self.let_off_ms = 0
        self.lost_ms = 0  # pump time that went in power cuts since the last stroke
        self.jumped = False  # a cut just as the clock was set: the jump may look like time off

    def idle_ms(self, at_ms):
        """Time without a stroke, without power included as far as known; 0 before the first."""
        return 0 if self.since_flow is None else at_ms - self.since_flow + self.off_wall_ms

    def let(self, at_ms):
        """A clinician acknowledged: therapy may go on."""
        self.let_ms, self.let_off_ms = at_ms, self.off_wall_ms

    def due_by_itself(self):
        """The programme gives something without being asked."""
        return bool(highest_step(self.programme) or self.programme.periodic)

    def one_stroke(self, at_ms, moved=True):
        found = [] if self.bolus("prime") else self._after_long(at_ms)
        self.lost_ms, self.jumped = 0, False
        return found + super().one_stroke(at_ms, moved)

    def _after_long(self, at_ms):
        idle_ms = self.idle_ms(at_ms)
        if self.let_ms is not None:
            off_ms = max(0, self.off_wall_ms - self.let_off_ms)
            idle_ms = min(idle_ms, at_ms - self.let_ms + off_ms)
        if not self.due_by_itself() or idle_ms <= STOP_MS + QUARTER_MS + self.lost_ms + NEAR_MS:
            return []  # the pump looks each quarter hour
        return [f"overdose: a stroke after {idle_ms / HOUR_MS:.1f} h without one, nobody asked"]

    def _idle_48h(self, at_ms):
        return self.idle_ms(at_ms) > STOP_MS + self.lost_ms + self.slack

    def may_be_long(self, at_ms):
        """The pump says that nothing was given for 48 h: may it?"""
        return self.jumped or self.idle_ms(at_ms) > STOP_MS - NEAR_MS

    def long_stopped(self, at_ms):
        """Nothing was given for 48 h before a restart: only a clinician lets therapy go on."""
        if self.due_by_itself():
            return self.running and self._idle_48h(at_ms)
        # Nothing is due by itself: only the time without power was a stop.
        return self.running and bool(self.strokes) and self.off_wall_ms > STOP_MS

    def order_refused(self, at_ms, what, verdict, asked):
        """A clinician's order was refused: may it be? `asked` tells what the order was."""
        may = {"start": self._start, "refill": self._refill, "prescribe": self._prescribe}
        reasons = may[what](at_ms, asked) if what in may else {}
        return [] if reasons.get(verdict) else [f"starvation: {what} refused, {verdict}"]

    def _start(self, at_ms, asked):
        acknowledged, minimum, reservoir_nl = asked
        return {
            "bolus_active": self.bolus("prime"),
            "reservoir": reservoir_nl <= EMPTY_NL,
            "invalid_field": minimum and not self.programme.minimum_nl_per_h,
            "long_stop": not (acknowledged or self.running) and self.may_be_long(at_ms),
            "alarm": not acknowledged and self.is_limited(),
            "must_stop": self.running and bool(minimum) != self.minimum,
        }

    def _refill(self, _at_ms, _asked):
        return {"must_stop": self.running or self.bolus("prime")}

    def _prescribe(self, _at_ms, plan):
        at_work = self.running or self.bolus("prime")
        other = plan.concentration != self.plan.concentration
        return {"bolus_active": any(b.kind != "periodic" for b in self.boluses),
                "must_stop": at_work and other,
                "dose_limit": other}  # by another concentration the past may not be expressible
