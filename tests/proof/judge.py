"""The oracle as a judge of a whole pump: with flow, with time that the pump lost, and fast.

DosingOracle judges each stroke and each verdict. Added here: what strokes belong to (a bolus adds
its rate to basal, a stroke does not say whose it is), how much may have flowed at all, and that
what was ordered did flow. Times are powered time in ms.

A reason to refuse is judged by what the pump can know. Its clock runs in whole seconds, stands
still from the last mark or page before a power cut to the cut, and strokes are whole: a tolerance
for each, in favour of a refusal only. What must not be given is judged without any.
"""

from bisect import bisect_right
from fractions import Fraction
from functools import lru_cache
from operator import attrgetter

from tests.oracles import dosing_limits, dosing_oracle
from tests.oracles.dosing_oracle import DosingOracle
from tests.oracles.dosing_programme import (
    DAY_MS,
    MIN_BOLUS_STROKES,
    PRIME_RATE,
    QUARTER_MS,
    highest_step,
    lowest_step,
)
from tests.proof.clockwork import LeapingFlex

TOLERANCE_MS = 2_000  # of the pump's clock in whole seconds, in favour of a refusal
LATE_MS = 5_000  # a clock that the loop follows may be behind by so much
_TIME, _KIND, _WEIGHT = attrgetter("time"), attrgetter("kind"), attrgetter("weight")

_slow_most_up = dosing_limits.most_up


@lru_cache(4096)
def _most_up(programme, quarters):
    return _slow_most_up(programme, quarters * QUARTER_MS)


def most_up(programme, span_ms):
    """The oracle's own, remembered by the quarter hours that it rounds to."""
    return _most_up(programme, -(-span_ms // QUARTER_MS))


def in_window(strokes, at_ms, window_ms, with_prime):
    """The oracle's own, for strokes in order of time."""
    held = strokes[bisect_right(strokes, at_ms - window_ms, key=_TIME):]
    if not with_prime and "prime" in map(_KIND, held):
        held = [s for s in held if s.kind != "prime"]
    return sum(map(_WEIGHT, held))


dosing_limits.most_up = most_up
dosing_oracle.in_window = in_window


class Flow:
    """A bolus as a rate: in nL/h, for so long."""

    def __init__(self, volume_nl, duration_s):
        self.least = volume_nl * 3600 // duration_s
        self.most = -(-volume_nl * 3600 // duration_s)
        self.left_ms = duration_s * 1000
        self.over_ms = 0  # how long it ought to have been over
        self.paused = False


class Judge(DosingOracle):
    """Told everything that happens to one pump; its methods return violations."""

    def __init__(self, plan, at_ms, wall_ms, offset_min):
        super().__init__(plan.meaning, committed_at_ms=at_ms)
        self.plan = plan
        self.ghosts = []  # doses that power loss may have made count
        self.rescales = []  # when the concentration changed
        self.verdict = ""
        self.flows = {}
        self.owed = {"basal": 0, "bolus": 0, "periodic": 0}
        self.level = 0  # ordered and not delivered, in nL/h x ms, at most
        self.behind = 0  # the same, at least; what was lost for a reason is not in it
        self.flow_at_ms = at_ms
        self.second_ms = wall_ms % 1000
        self.flex = LeapingFlex(plan.meaning, utc_of_week(wall_ms // 1000), offset_min,
                                running=False)

    # --- flow -------------------------------------------------------------------------

    def quantum(self):
        """One stroke, in nL/h x ms."""
        return self.programme.stroke_pl * 3600

    def flow_to(self, at_ms):
        """Let the ordered volume grow up to now."""
        span_ms = at_ms - self.flow_at_ms
        if span_ms <= 0:
            return
        self.flow_at_ms = at_ms
        seconds, self.second_ms = divmod(self.second_ms + span_ms, 1000)
        spent_ms = 0
        for stretch_s, rates in self.flex.leap(seconds):
            part_ms = min(stretch_s * 1000, span_ms - spent_ms)
            spent_ms += part_ms
            self._flow(part_ms, rates)
        self._flow(span_ms - spent_ms, self.flex.allowed())

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
        found = self.stroke(at_ms, self._kind())
        self.strokes[-1].seen = at_ms
        if self.strokes[-1].kind == "prime":
            for s in self.strokes:  # all count as long as the last one does
                if s.kind == "prime" and s.careful + DAY_MS + QUARTER_MS > at_ms:
                    s.careful = at_ms
        quantum = self.quantum()
        if not moved:
            return found
        self.level -= quantum
        self.behind = max(self.behind - quantum, -quantum)
        slack = highest_step(self.programme) * TOLERANCE_MS
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

    # --- requests ---------------------------------------------------------------------

    def patient(self, at_ms, index, verdict, reservoir_nl, local_s):
        """The patient's press had this answer."""
        self.flow_to(at_ms)
        self.verdict = verdict
        found = self.request(at_ms, index, verdict, reservoir_nl, local_s)
        if verdict == "granted" and self.programme.profiles:
            self.grants[-1][1] += TOLERANCE_MS
            if "clinician" in self.flows:
                self.flows["clinician"].paused = True
            _start, dose_ng, duration_s, _lockout, _count = self.plan.profiles[index]
            self._flows("patient", self.plan.volume_nl(dose_ng), duration_s)
        return found

    def clinician(self, at_ms, volume_nl, duration_s, verdict, reservoir_nl, counter):
        """A clinician's bolus had this answer."""
        self.flow_to(at_ms)
        self.verdict = verdict
        pl = self.programme.stroke_pl
        strokes = -(-volume_nl * 1000 // pl)
        if verdict == "too_small" and volume_nl * 1000 < MIN_BOLUS_STROKES * pl:
            strokes = MIN_BOLUS_STROKES - 1  # it is the volume that has to be 20 strokes
        found = self.clinician_request(at_ms, strokes, duration_s, verdict, reservoir_nl, counter)
        if verdict == "granted":
            self._flows("clinician", volume_nl, duration_s)
        return found

    def prime(self, at_ms, volume_nl, verdict, reservoir_nl, counter):
        """A priming bolus had this answer."""
        self.flow_to(at_ms)
        pl = self.programme.stroke_pl
        strokes = volume_nl * 1000 // pl  # whole ones within the volume
        found = self.prime_request(at_ms, strokes, verdict, reservoir_nl, counter)
        if verdict == "granted":
            self.no_credit()
            self._flows("prime", volume_nl, -(-volume_nl * 3600 // PRIME_RATE))
            self.flows["prime"].least = 0
            self.flows["prime"].most = PRIME_RATE
        return found

    def periodic(self, at_ms):
        """A periodic bolus begins."""
        self.flow_to(at_ms)
        found = self.bolus_begin(at_ms, "periodic")
        ng, duration_s, _interval = self.plan.periodic
        if ng:
            self._flows("periodic", self.plan.volume_nl(ng), duration_s)
        return found

    def _flows(self, kind, volume_nl, duration_s):
        self.flows[kind] = Flow(volume_nl, duration_s)
        self.owed["periodic" if kind == "periodic" else "bolus"] = 0

    def ends(self, at_ms, kind, complete):
        """A bolus ends, its time over or not."""
        self.flow_to(at_ms)
        flow = self.flows.pop(kind, None)
        found = self.bolus_end(at_ms, kind)
        if complete and flow is not None and flow.left_ms > 0:
            found.append(f"starvation: {kind} bolus ends {flow.left_ms} ms early")
        if kind == "patient" and "clinician" in self.flows:
            self.flows["clinician"].paused = False
            self.owed["bolus"] = 0
        if kind == "prime":
            self.no_credit()
        del self.past[:-20]
        return found

    def excess(self, at_ms, dose):
        if self.verdict not in ("granted", "dose_limit"):
            return [], []  # the last of the reasons: no other verdict depends on it
        refused = self.verdict == "dose_limit"
        some = sum(b.rest() + 1 for b in self.boluses if b.kind != "prime") + dose + 1
        if refused:  # strokes are whole: one may be nearly full as a span begins
            self.rescales = [at for at in self.rescales if at > at_ms - 2 * DAY_MS]
            some += 1 + 3 * len(self.rescales)
        strokes = self.strokes + self.ghosts
        exact, careful = [], []
        for window, limit in sorted(self.programme.limits.items()):
            span = window * 1000 + QUARTER_MS
            later = most_up(self.programme, span)
            held = sum(s.weight for s in strokes
                       if s.careful + span > at_ms or s.kind == "prime")
            if held + later + some <= limit:
                continue
            total, t = dosing_limits.careful_worst(strokes, self.programme, at_ms, window)
            if total + some <= limit:
                continue
            careful.append((window, float(total + some), t - at_ms))
            if refused:
                break
            sure = sum(b.rest() for b in self.boluses
                       if b.kind in ("patient", "clinician") and b.state != "uncertain")
            total, t = dosing_limits.exact_worst(self.strokes, self.programme, at_ms, window)
            if total + dose + sure > limit:
                exact.append((window, float(total + dose + sure), t - at_ms))
        return exact, careful

    def limit_hit(self, at_ms):
        """The guard refused a stroke for a limit: may it have?"""
        self.rescales = [at for at in self.rescales if at > at_ms - 2 * DAY_MS]
        doubt = 3 * len(self.rescales)
        held = 0
        for window, limit in self.programme.limits.items():
            first = at_ms - window * 1000 - QUARTER_MS - TOLERANCE_MS
            held = sum(s.weight for s in self.strokes
                       if s.seen > first and s.kind != "prime")
            if held + doubt >= limit:
                return []
        return [f"starvation: a stroke was refused for a limit, {float(held)} in the longest"]

    # --- events -----------------------------------------------------------------------

    def _lockout(self, at_ms, exact_s, careful_s=None):
        super()._lockout(at_ms, exact_s, careful_s)
        careful_s = exact_s if careful_s is None else careful_s
        self.lock_careful = max(self.lock_careful, at_ms + careful_s * 1000 + TOLERANCE_MS)

    def runs(self, at_ms, acknowledged, minimum):
        """Therapy starts."""
        self.flow_to(at_ms)
        found = self.start(at_ms, acknowledged)
        if minimum:
            found += self.minimum_rate(at_ms)
        self.flex.start()
        self.no_credit()
        return found

    def rests(self, at_ms):
        """Therapy stops."""
        self.flow_to(at_ms)
        self.flows.clear()
        self.flex.stop()
        return self.stop(at_ms)

    def alarms_change(self, at_ms, name, on, changes_rate, blocks_flow):
        """An alarm begins or ends."""
        self.flow_to(at_ms)
        was = self.is_limited(), self.is_stopped()
        found = self.alarm(at_ms, name, on, changes_rate, blocks_flow)
        if was != (self.is_limited(), self.is_stopped()):
            self.disturbed()
            self._without_periodic()
        return found

    def _without_periodic(self):
        if self.is_limited():
            self.flows.pop("periodic", None)
            self._clear("periodic")

    def new_plan(self, at_ms, plan):
        """A programme is committed."""
        self.flow_to(at_ms)
        old, new = self.plan.pg_per_stroke(), plan.pg_per_stroke()
        if old != new:
            for s in self.strokes + self.ghosts:
                s.weight = Fraction(s.weight * old, new)
            self.rescales.append(at_ms)
        self.plan = plan
        self.periodic_earliest = self.periodic_latest = None  # with the new interval, from now on
        found = self.reprogram(plan.meaning, at_ms)
        if self.minimum:
            found += self.minimum_rate(at_ms, False)
        for b in list(self.boluses):  # refused while one that was asked for runs
            if b.kind == "periodic":
                self._drop(b)
        self.flows.pop("periodic", None)
        self.flex.reprogram(plan.meaning)
        self.no_credit()
        return found

    def clock(self, at_ms, wall_s, offset_min):
        """The wall clock, its offset or both are set."""
        self.flow_to(at_ms)
        self.second_ms = 0
        self.flex.clock_set(utc_of_week(wall_s), offset_min)

    def lost_wall(self, at_ms):
        """The wall clock is known to have lost its time."""
        self.flow_to(at_ms)
        self.flex.invalidate()

    def restarts(self, at_ms, lost_ms, off_ms, cold):
        """Power was cut, or the watchdog bit; the pump's clock lost so much."""
        self.flow_to(at_ms)
        for s in self.strokes:
            s.careful = min(at_ms, s.careful + lost_ms)
            s.seen = min(at_ms, s.seen + lost_ms)
        for grant in self.grants:
            grant[1] = min(at_ms, grant[1] + lost_ms) + TOLERANCE_MS
        if self.lock_careful > at_ms - lost_ms:
            self.lock_careful += lost_ms
        found = self.power_cut(at_ms, off_ms) if cold else self.watchdog_reset(at_ms)
        self.ghosts += [s for s in self.strokes if s.kind == "ghost"]
        self.strokes = [s for s in self.strokes if s.kind != "ghost"]
        self.ghosts = [s for s in self.ghosts if s.careful + DAY_MS + QUARTER_MS > at_ms]
        self.alarms.clear()
        self.flows.clear()
        self.no_credit()
        return found

    def wall_after(self, wall_ms, offset_min, valid):
        """What the wall clock shows after a restart."""
        self.second_ms = wall_ms % 1000
        self.flex = LeapingFlex(self.programme, utc_of_week(wall_ms // 1000), offset_min, valid,
                                self.running)


def utc_of_week(wall_s):
    """Second of the week in UTC, from Monday on; 1 January 1970 was a Thursday."""
    return (wall_s + 3 * 86_400) % 604_800
