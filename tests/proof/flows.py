"""How much may have flowed, and how much should have: a bolus adds its rate to basal.

A stroke does not say whose it is; here it becomes a stroke of basal or of a bolus.
"""

from tests.oracles.dosing_oracle import DosingOracle
from tests.oracles.dosing_programme import DAY_MS, QUARTER_MS, highest_step, lowest_step
from tests.proof.clockwork import LeapingFlex
from tests.proof.fast import InOrder

TOLERANCE_MS = 2_000  # of the pump's clock in whole seconds, in favour of a refusal
LATE_MS = 5_000  # a clock that the loop follows may be behind by so much


class Flow:
    """A bolus as a rate: in nL/h, for so long."""

    def __init__(self, volume_nl, duration_s):
        self.least = volume_nl * 3600 // duration_s
        self.most = -(-volume_nl * 3600 // duration_s)
        self.left_ms = duration_s * 1000
        self.over_ms = 0  # how long it ought to have been over
        self.paused = False


class FlowJudge(DosingOracle):
    """The oracle with an account of what is ordered, and of what was given of it."""

    def __init__(self, plan, at_ms, wall_ms, offset_min):
        super().__init__(plan.meaning, committed_at_ms=at_ms)
        self.flows = {}
        self.owed = {"basal": 0, "bolus": 0, "periodic": 0}
        self.level = 0  # ordered and not delivered, in nL/h x ms, at most
        self.behind = 0  # the same, at least; what was lost for a reason is not in it
        self.flow_at_ms = at_ms
        self.second_ms = wall_ms % 1000
        self.flex = LeapingFlex(plan.meaning, utc_of_week(wall_ms // 1000), offset_min,
                                running=False)

    def quantum(self):
        """One stroke, in nL/h x ms."""
        return self.programme.stroke_pl * 3600

    def flow_to(self, at_ms):
        """Let the ordered volume grow up to now."""
        span_ms = at_ms - self.flow_at_ms
        if span_ms <= 0:
            return
        before_ms, self.flow_at_ms = self.flow_at_ms, at_ms
        seconds, self.second_ms = divmod(self.second_ms + span_ms, 1000)
        spent_ms = 0
        for stretch_s, rates in self.flex.leap(seconds):
            part_ms = min(stretch_s * 1000, span_ms - spent_ms)
            spent_ms += part_ms
            self._flow(part_ms, rates)
        self._flow(span_ms - spent_ms, self.flex.allowed())
        if self.behind > 2 * self.quantum() and self._gate_shut(before_ms):
            self.behind = 2 * self.quantum()  # the rest is lost

    def _flow(self, span_ms, rates):
        most, least = self.basal(rates)
        most, least = most * span_ms, least * span_ms
        self.owed["basal"] += least
        for kind, flow in self.flows.items():
            if flow.paused or self.is_stopped():
                continue
            part_ms = min(span_ms, flow.left_ms)
            flow.left_ms -= part_ms
            flow.over_ms += span_ms - part_ms
            most, least = most + flow.most * part_ms, least + flow.least * part_ms
            self.owed["periodic" if kind == "periodic" else "bolus"] += flow.least * part_ms
        quantum = self.quantum()
        self.level = min(self.level + most, 2 * quantum)
        self.behind += least
        for name, amount in self.owed.items():
            self.owed[name] = min(amount, 2 * quantum)

    def _gate_shut(self, at_ms):
        """Four fifths of the present interval have not passed: as when a bolus has just ended."""
        rate = self.highest_rate()
        return (self.last_stroke is not None and rate > 0
                and (at_ms - self.last_stroke) * 5 * rate < 4 * self.quantum())

    def basal(self, rates):
        """The basal rate, at most and at least."""
        if not self.running or self.bolus("prime") or self.is_stopped():
            return 0, 0
        if self.minimum:
            rates = {self.programme.minimum_nl_per_h}
        most, least = max(rates), min(rates)
        if self.is_limited():
            lowest = lowest_step(self.programme)
            return min(most, lowest), 0
        return most, least

    def is_stopped(self):
        """An alarm blocks flow."""
        return any(alarm[1] for alarm in self.alarms.values())

    def is_limited(self):
        """An alarm changes the rate."""
        return any(alarm[0] for alarm in self.alarms.values())

    def disturbed(self):
        """Something happened for which volume may be lost."""
        self.behind = 0

    def no_credit(self):
        """Flow begins anew: a whole interval comes first."""
        self.level = self.behind = 0
        self.owed = dict.fromkeys(self.owed, 0)

    def one_stroke(self, at_ms, moved=True):
        """The pump made a stroke; the judge says whose it was."""
        self.flow_to(at_ms)
        InOrder.now = True
        found = self.stroke(at_ms, self._kind())
        InOrder.now = False
        self.strokes[-1].seen = at_ms
        if self.strokes[-1].kind == "prime":
            for s in self.strokes:  # all count as long as the last one does
                if s.kind == "prime" and s.careful + DAY_MS + QUARTER_MS > at_ms:
                    s.careful = at_ms
        quantum = self.quantum()
        if not moved:
            self.disturbed()
            return found
        self.level -= quantum
        self.behind = max(self.behind - quantum, -quantum)
        slack = highest_step(self.programme) * (LATE_MS + TOLERANCE_MS)
        if self.level < -slack:
            found.append("overdose: more than was ordered, and one stroke")
            self.level = 0
        return found

    def starved(self):
        """Was what is ordered also given?"""
        slack = highest_step(self.programme) * LATE_MS
        if self.behind > 2 * self.quantum() + slack:
            behind = self.behind / self.quantum()
            self.disturbed()
            return [f"starvation: {behind:.2f} strokes behind"]
        return []

    def _kind(self):
        if self.bolus("prime"):
            return "prime"
        asked = self.bolus("patient", "runs") or self.bolus("clinician", "runs")
        periodic = self.bolus("periodic", "runs")
        choices = {"basal": self.owed["basal"]}
        if asked:
            choices[asked.kind] = self.owed["bolus"]
        if periodic:
            choices["periodic"] = self.owed["periodic"]
        kind = max(choices, key=lambda name: choices[name])
        purse = "bolus" if asked and kind == asked.kind else kind
        self.owed[purse] = max(self.owed[purse] - self.quantum(), -self.quantum())
        if kind != "basal" and self.bolus(kind).rest() < 1:
            kind = "basal"
        return "beside" if asked and kind != asked.kind else kind

    def _spend(self, at_ms, kind):
        # Basal beside a bolus: the pump counts all strokes that a bolus runs with it.
        return super()._spend(at_ms, "basal" if kind == "beside" else kind)


def utc_of_week(wall_s):
    """Second of the week in UTC, from Monday on; 1 January 1970 was a Thursday."""
    return (wall_s + 3 * 86_400) % 604_800
