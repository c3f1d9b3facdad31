"""The oracle as a judge of a whole pump, and of the time that the pump lost.

DosingOracle judges each stroke and each verdict; flows.py adds how much may have flowed at all,
stops.py what comes after 48 h without a stroke.
Times are powered time in ms.

A reason to refuse is judged by what the pump can know. Its clock runs in whole seconds, stands
still from the last mark or page before a power cut to the cut, and strokes are whole: a tolerance
for each, in favour of a refusal only. What must not be given is judged without any.
"""

from fractions import Fraction

from tests.oracles import dosing_limits
from tests.oracles.dosing_limits import Stroke
from tests.oracles.dosing_programme import (
    DAY_MS,
    MIN_BOLUS_STROKES,
    PRIME_RATE,
    QUARTER_MS,
)
from tests.proof.clockwork import LeapingFlex
from tests.proof.fast import most_up, weigh_anew
from tests.proof.flows import TOLERANCE_MS, Flow, utc_of_week
from tests.proof.stops import StopJudge


class Judge(StopJudge):
    """Told everything that happens to one pump; its methods return violations."""

    def __init__(self, plan, at_ms, wall_ms, offset_min):
        super().__init__(plan, at_ms, wall_ms, offset_min)
        self.plan = plan
        self.ghosts = []  # doses that power loss may have made count
        self.phantoms = []  # marks whose stroke a power cut prevented: the pump counts them
        self.doubt = 0  # strokes by which changes of concentration may be rounded up
        self.doubt_ms = 0  # until when
        self.verdict = ""

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

    def periodic_over(self, at_ms):
        """A periodic bolus is over."""
        self.flow_to(at_ms)
        self.flows.pop("periodic", None)
        self._clear("periodic")

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
            waiting = self.flows["clinician"]
            waiting.paused = False
            self.owed["bolus"] = 0
            if complete and flow is not None:  # it went on when the time was over
                waiting.left_ms -= flow.over_ms
                self.level += waiting.most * flow.over_ms
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
            some += 1 + self._doubt(at_ms)
        strokes = self.strokes + self.ghosts + self.phantoms
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
        doubt = self._doubt(at_ms)
        held = 0
        for window, limit in self.programme.limits.items():
            first = at_ms - window * 1000 - QUARTER_MS - TOLERANCE_MS
            held = sum(s.weight for s in self.strokes + self.phantoms
                       if s.seen > first and s.kind != "prime")
            if held + doubt >= limit:
                return []
        return [f"starvation: a stroke was refused for a limit, {float(held)} in the longest"]

    def _doubt(self, at_ms):
        return self.doubt if at_ms < self.doubt_ms else 0

    # --- events -----------------------------------------------------------------------

    def _lockout(self, at_ms, exact_s, careful_s=None):
        super()._lockout(at_ms, exact_s, careful_s)
        careful_s = exact_s if careful_s is None else careful_s
        self.lock_careful = max(self.lock_careful, at_ms + careful_s * 1000 + TOLERANCE_MS)

    def maybe_locked(self, at_ms, plan):
        """Lockout may have begun again, as long as a plan says at most."""
        self._lockout(at_ms, 0, self._longest(plan.meaning))

    def runs(self, at_ms, acknowledged, minimum):
        """Therapy starts."""
        self.flow_to(at_ms)
        found = self.start(at_ms, acknowledged)
        if acknowledged or self.since_flow is None:
            self.let(at_ms)
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
            for s in self.strokes + self.ghosts + self.phantoms:
                s.weight = Fraction(s.weight * old, new)
            weigh_anew(self.strokes)
            self.doubt = -(-self._doubt(at_ms) * old // new) + 3
            self.doubt_ms = at_ms + 2 * DAY_MS
        self.plan = plan
        if not self.due_by_itself():
            self.let(at_ms)  # till now nothing was due
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

    def restarts(self, at_ms, lost_ms, off_ms, cold, phantoms):
        """Power was cut, or the watchdog bit; the pump's clock lost so much."""
        self.flow_to(at_ms)
        self.lost_ms += lost_ms
        self._haunt(at_ms, phantoms)
        for s in self.strokes:
            s.careful = min(at_ms, s.careful + lost_ms)
            s.seen = min(at_ms, s.seen + lost_ms)
        for grant in self.grants:
            grant[1] = min(at_ms, grant[1] + lost_ms) + TOLERANCE_MS
        if self.lock_careful > at_ms - lost_ms:
            self.lock_careful += lost_ms
        running = self.running
        if cold and self._doubt(at_ms):  # boluses count as just given, roundings with them
            self.doubt_ms = at_ms + 2 * DAY_MS
        found = self.power_cut(at_ms, off_ms) if cold else self.watchdog_reset(at_ms)
        if running and not self.running:  # 48 h: the alarm that the pump has to raise blocks flow
            self.running, self.off_since = True, None
        self.ghosts += [s for s in self.strokes if s.kind == "ghost"]
        self.strokes = [s for s in self.strokes if s.kind != "ghost"]
        self.ghosts = [s for s in self.ghosts if s.careful + DAY_MS + QUARTER_MS > at_ms]
        self.alarms.clear()
        self.flows.clear()
        self.no_credit()
        return found

    def _haunt(self, at_ms, new):
        """Marks without a stroke, as young as the pump may take them for."""
        if new:  # the pump takes them for strokes
            self.since_flow, self.off_wall_ms = at_ms, 0
        for _ in range(new):
            self.phantoms.append(Stroke(at_ms, "phantom", 1))
        for phantom in self.phantoms:
            phantom.seen = phantom.careful = at_ms
        del self.phantoms[:-50]

    def wall_after(self, wall_ms, offset_min, valid):
        """What the wall clock shows after a restart."""
        self.second_ms = wall_ms % 1000
        self.flex = LeapingFlex(self.programme, utc_of_week(wall_ms // 1000), offset_min, valid,
                                self.running)
