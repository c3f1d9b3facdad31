"""The life of a bolus, and the priming bolus."""
from .dosing_programme import PRIME_RATE
from .dosing_state import Bolus, DosingState


class BolusEvents(DosingState):

    def bolus_begin(self, at_ms, kind):
        """patient, clinician, prime: was it granted?  periodic: is it time?"""
        if kind != "periodic":
            return [] if self.bolus(kind) else [f"begin: {kind} bolus was never granted"]
        found = []
        if self.programme.periodic is None:
            return ["begin: the programme has no periodic bolus"]
        if not self.running or self.minimum or self.bolus("prime"):
            found.append("begin: periodic bolus while the programme is not given")
        if at_ms + self.slack < self.periodic_earliest:
            found.append("overdose: periodic bolus before its interval has passed")
        strokes, duration, interval = self.programme.periodic
        self._clear("periodic")
        self._add(Bolus("periodic", strokes, duration, at_ms))
        self.periodic_earliest = self.periodic_latest = at_ms + interval * 1000
        return found

    def periodic_due(self, at_ms, tolerance_ms=1000):
        """Ask at any time: is a periodic bolus overdue?"""
        if (self.periodic_latest is None or not self.running or self.minimum
                or any(a[0] for a in self.alarms.values())):
            return []
        late = at_ms > self.periodic_latest + tolerance_ms
        return ["starvation: periodic bolus is overdue"] if late else []

    def bolus_end(self, at_ms, kind):
        b = self.bolus(kind)
        if b is None:
            known = any(p.kind == kind for p in self.past)
            return [] if known else [f"end: no {kind} bolus was under way"]
        if kind == "patient":
            self._lockout(at_ms, b.lockout_s)
        self._drop(b)
        return []

    def pause(self, at_ms, kind="clinician"):
        b = self.bolus(kind)
        if b is None:
            return [f"pause: no {kind} bolus is under way"]
        b.state = "paused"
        if kind == "clinician" and not self.bolus("patient") and not self.alarms:
            return ["starvation: clinician bolus paused without a patient bolus"]
        return []

    def resume(self, at_ms, kind="clinician"):
        b = self.bolus(kind)
        if b is None:
            return [f"resume: no {kind} bolus is under way"]
        if kind == "clinician" and self.bolus("patient", "runs", "paused"):
            return ["overdose: clinician bolus resumed beside a patient bolus"]
        b.state = "runs"
        self._note_peak()
        return []

    def _clear(self, kind):
        for b in [b for b in self.boluses if b.kind == kind]:
            self._drop(b)

    def _counter(self, kind, counter, verdict):
        """Violations, or None if the command is a new one."""
        if counter is None:
            return None
        if counter <= self.counters[kind]:
            return [] if verdict == "already" else [f"overdose: {kind} repeated: {verdict}"]
        if verdict == "already" and counter <= max(self.counters.values()):
            return []
        return None

    def _accepted(self, kind, counter):
        if counter is not None:
            self.counters[kind] = max(self.counters[kind], counter)

    def prime_request(self, at_ms, strokes, verdict, reservoir_nl=None, counter=None):
        """verdict: granted, already, or any other word for a refusal (the text
        gives the reasons no names)."""
        repeated = self._counter("prime", counter, verdict)
        if repeated is not None:
            return repeated
        pl, room = self.programme.stroke_pl, self.programme.catheter_nl * 1000
        must = {"therapy runs": self.running,
                "a prime runs": self.bolus("prime") is not None,
                "more than the catheter": (self.prime_delivered + strokes) * pl > room}
        if verdict == "granted":
            found = [f"overdose: prime granted, {r}" for r in must if must[r]]
            self._clear("prime")
            duration_s = max(1, strokes * pl * 3600 // (PRIME_RATE * 1000))
            self._add(Bolus("prime", strokes, duration_s, at_ms))
            self.prime_commanded += strokes
            self._accepted("prime", counter)
            return found
        may = (any(must.values()) or bool(self.alarms) or strokes < 1
               or (self.prime_commanded + strokes + 1) * pl > room
               or (reservoir_nl is not None
                   and (reservoir_nl - 1_000_001) * 1000 < (strokes + 1) * pl))
        if verdict == "already" or not may:
            return [f"starvation: prime refused, {verdict}"]
        return []
