"""Judges what the pump gives and what it answers.

Every method returns a list of violations.  One that begins with "overdose" or
"stroke" broke an exact rule; "starvation" is a refusal whose reason cannot
hold in the most conservative reading; "order" a reason that an earlier one
should have preceded.

Call ``request`` etc. with the pump's verdict at the moment of the verdict: a
grant begins the bolus.  Every end of a bolus is told with ``bolus_end``,
save where the text says that the event ends it (power cut, watchdog reset).
"""
from .dosing_accept import programme_acceptable  # noqa: F401
from .dosing_bolus import BolusEvents
from .dosing_flex import FlexOracle  # noqa: F401  (one place to import from)
from .dosing_limits import Stroke, careful_worst, exact_worst, in_window
from .dosing_programme import (  # noqa: F401
    DAY_MS,
    HOUR_MS,
    MAX_RATE,
    MIN_BOLUS_STROKES,
    QUARTER_MS,
    Programme,
    basal_rate,
    bolus_rate,
    ceil,
    highest_step,
    most_exact,
    most_in_span,
    most_periodic,
    periodic_rate,
    profiles_that_apply,
)
from .dosing_state import Bolus

PATIENT_ORDER = ("not_running", "alarm", "unavailable", "bolus_active", "lockout",
                 "count", "too_small", "reservoir", "dose_limit")
CLINICIAN_ORDER = ("not_running", "alarm", "bolus_active", "too_small", "reservoir",
                   "dose_limit")


def _judge(who, verdict, order, must, may, why):
    if verdict == "granted":
        return [f"overdose: {who} granted, {r}{why.get(r, '')}" for r in must if must[r]]
    if not may.get(verdict, False):
        return [f"starvation: {who} refused, {verdict}{why.get(verdict, '')}"]
    if verdict in order:
        earlier = order[:order.index(verdict)]
        return [f"order: {who} refused, {verdict}, but {r} comes first"
                for r in earlier if must.get(r)]
    return []


class DosingOracle(BolusEvents):

    # -- strokes
    def stroke(self, at_ms, kind="basal", weight=1):
        """kind: basal, periodic, patient, clinician, prime; or bolus, which is
        the patient bolus that runs, else the clinician bolus."""
        found = []
        if kind == "bolus":
            kind = "patient" if self.bolus("patient") else "clinician"
        priming = self.bolus("prime")
        if kind == "prime":
            if not priming and not self._late("prime"):
                found.append("stroke: prime without a priming bolus")
        elif priming:
            found.append("stroke: something else while priming")
        elif not self.running and at_ms - self.off_since > self.slack:
            found.append("stroke: therapy is off")
        if kind in ("patient", "clinician", "periodic") and self.minimum:
            found.append("stroke: bolus at the minimum rate")
        for name, (_, blocks, since) in sorted(self.alarms.items()):
            if blocks and at_ms - since > self.slack:
                found.append(f"stroke: alarm {name} blocks flow")
        self._note_peak()
        if self.peak == 0:
            found.append("stroke: the programme's highest rate is zero")
        elif self.last_stroke is not None:
            gone = at_ms - self.last_stroke + self.slack
            if gone * 5 * self.peak < 4 * self.programme.stroke_pl * 3600:
                found.append("stroke: less than 4/5 of the shortest interval")
        found += self._spend(at_ms, kind)
        self.strokes.append(Stroke(at_ms, kind, weight))
        self.weight_peak = max(self.weight_peak, weight)
        for window, limit in sorted(self.programme.limits.items()):
            primes = (kind in ("patient", "clinician")
                      and window == max(self.programme.limits))
            held = in_window(self.strokes, at_ms, window * 1000 - self.slack, primes)
            if kind != "prime" and held > limit:
                found.append(f"stroke: {held} in {window} s, the limit is {limit}")
        self.last_stroke = self.since_flow = at_ms
        self.off_wall_ms, self.peak = 0, self.highest_rate()
        old = at_ms - DAY_MS - 2 * QUARTER_MS
        if self.strokes[0].careful < old:
            self.strokes = [s for s in self.strokes if s.careful >= old]
        return found

    def _late(self, kind):
        """The bolus of this kind that ended last, if one stroke may follow."""
        ended = [b for b in self.past if b.kind == kind]
        return ended[-1] if ended and ended[-1].late == 0 else None

    def _spend(self, at_ms, kind):
        found = []
        for b in self.boluses:
            b.all += 1
            took = b.step_peak * 1000 * (at_ms - b.begun)           # pL x ms / h
            flow = ceil(took / (HOUR_MS * self.programme.stroke_pl))
            flow += ceil(most_periodic(self.programme, at_ms - b.begun))
            if b.kind in ("patient", "clinician") and \
                    b.all > b.dose + b.meanwhile + flow + 1:
                found.append(f"stroke: {b.kind} bolus with all that may flow is spent")
        if kind == "basal":
            return found
        b = self.bolus(kind)
        if b is None:
            b = self._late(kind)
            if b is None:
                return found + [f"stroke: no {kind} bolus is under way"]
            b.late += 1
        elif b.state == "paused":
            found.append(f"stroke: the {kind} bolus is paused")
        b.delivered += 1
        if b.delivered > b.dose:
            found.append(f"stroke: {kind} bolus over its dose of {b.dose}")
        if kind == "prime":
            self.prime_delivered += 1
            if self.prime_delivered * self.programme.stroke_pl > \
                    self.programme.catheter_nl * 1000:
                found.append("stroke: primes since the refill exceed the catheter")
        return found

    # -- requests
    def _common(self, at_ms, dose, reservoir_nl):
        must = {"not_running": not self.running or self.minimum
                or self.bolus("prime") is not None,
                "alarm": any(a[0] for a in self.alarms.values()),
                "reservoir": False, "dose_limit": False}
        may = dict(must)
        why = {}
        pl = self.programme.stroke_pl
        if reservoir_nl is None:
            may["reservoir"] = True
        else:
            must["reservoir"] = reservoir_nl * 1000 < dose * pl
            may["reservoir"] = (reservoir_nl - 1) * 1000 < (dose + 1) * pl
        exact, careful = self.excess(at_ms, dose)
        must["dose_limit"], may["dose_limit"] = bool(exact), bool(careful)
        why["dose_limit"] = f" {exact or careful}"
        return must, may, why

    def excess(self, at_ms, dose):
        """([(window_s, total, t_ms)] over the limit exactly, ... conservatively);
        the exact total is never the greater one, so it is not always worked out."""
        sure = sum(b.rest() for b in self.boluses
                   if b.kind in ("patient", "clinician") and b.state != "uncertain")
        some = sum(b.rest() + 1 for b in self.boluses if b.kind != "prime")
        weight = self.weight_peak
        exact, careful = [], []
        for window, limit in sorted(self.programme.limits.items()):
            total, t = careful_worst(self.strokes, self.programme, at_ms, window, weight)
            total += ceil((dose + 1 + some) * weight)
            if total <= limit:
                continue
            careful.append((window, total, t))
            total, t = exact_worst(self.strokes, self.programme, at_ms, window)
            if total + dose + sure > limit:
                exact.append((window, float(total + dose + sure), t))
        return exact, careful

    def request(self, at_ms, profile_index, verdict, reservoir_nl=None, local_s="unknown"):
        """local_s: local second of the week, None if invalid: checks the profile."""
        found = []
        profiles = self.programme.profiles
        must, may, why = {}, {}, {}
        dose = 0
        if profiles:
            _, dose, duration, lockout, count = profiles[profile_index]
            if local_s != "unknown" and \
                    profile_index not in profiles_that_apply(self.programme, local_s):
                found.append(f"profile: {profile_index} does not apply")
        must, may, why = self._common(at_ms, dose, reservoir_nl)
        must["unavailable"] = may["unavailable"] = not profiles
        must["bolus_active"] = self.bolus("patient", "runs", "paused") is not None
        may["bolus_active"] = self.bolus("patient") is not None
        must["lockout"] = at_ms + self.slack < self.lock_exact
        may["lockout"] = at_ms - self.slack < self.lock_careful
        if profiles:
            sure = sum(at_ms - g[0] + self.slack < DAY_MS for g in self.grants)
            some = sum(at_ms - g[1] <= DAY_MS + self.slack for g in self.grants)
            must["count"], may["count"] = sure >= count, some >= count
            why["count"] = f" {sure}..{some} of {count}"
            must["too_small"] = may["too_small"] = dose < MIN_BOLUS_STROKES
        found += _judge("patient bolus", verdict, PATIENT_ORDER, must, may, why)
        if verdict == "granted" and profiles:
            self._clear("patient")
            running = self.bolus("clinician", "runs")
            if running:
                running.state = "paused"
            self._add(Bolus("patient", dose, duration, at_ms, lockout))
            self.grants.append([at_ms, at_ms, at_ms])
        return found

    def clinician_request(self, at_ms, strokes, duration_s, verdict, reservoir_nl=None,
                          counter=None):
        """verdict: granted, already, field (range or total rate) or a reason."""
        repeated = self._counter("clinician", counter, verdict)
        if repeated is not None:
            return repeated
        must, may, why = self._common(at_ms, strokes, reservoir_nl)
        must["bolus_active"] = bool(self.bolus("patient", "runs", "paused")
                                    or self.bolus("clinician", "runs", "paused"))
        may["bolus_active"] = any(b.kind != "prime" for b in self.boluses)
        must["too_small"] = may["too_small"] = strokes < MIN_BOLUS_STROKES
        least = max(60, self._longest(self.programme))
        rates = (highest_step(self.programme), periodic_rate(self.programme),
                 bolus_rate(self.programme, strokes, max(1, duration_s)))
        out = not least <= duration_s <= 21_600
        must["field"] = out or sum(rates) > MAX_RATE
        may["field"] = out or sum(ceil(r) for r in rates) > MAX_RATE
        found = _judge("clinician bolus", verdict, CLINICIAN_ORDER, must, may, why)
        if verdict == "granted":
            self._clear("clinician")
            self._add(Bolus("clinician", strokes, duration_s, at_ms))
            self._accepted("clinician", counter)
        return found
