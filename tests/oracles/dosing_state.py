"""What has happened to the pump, event by event; judged in dosing_oracle.

Every time is pump time in ms: time without power counts as none, so the time
of a power cut is also the time of the restart after it.
"""
from .dosing_limits import Stroke
from .dosing_programme import (
    DAY_MS,
    HOUR_MS,
    PRIME_RATE,
    QUARTER_MS,
    bolus_rate,
    highest_step,
    periodic_rate,
)


class Bolus:
    """state: runs, paused, or uncertain (the text does not say whether what
    happened has ended it: then it exists in the conservative reading only)."""

    def __init__(self, kind, dose, duration_s, begun, lockout_s=0):
        self.kind, self.dose, self.duration_s = kind, dose, duration_s
        self.begun, self.lockout_s = begun, lockout_s
        self.state = "runs"
        self.delivered = 0          # strokes of this bolus
        self.late = 0               # of those, after its end
        self.all = 0                # strokes of any kind since it began
        self.meanwhile = 0          # doses of other boluses beside it
        self.step_peak = 0
        self.lost = False           # its rest counts since a loss of power

    def rest(self):
        return max(0, self.dose - self.delivered)


class DosingState:
    def __init__(self, programme, committed_at_ms=None, running=False, slack_ms=0):
        self.programme, self.running, self.slack = programme, running, slack_ms
        self.minimum = False
        self.strokes = []
        self.weight_peak = 1
        self.boluses = []           # patient, clinician, periodic, prime under way
        self.past = []              # boluses that ended
        self.grants = []            # of patient boluses: [exact, careful] time
        self.lock_exact = self.lock_careful = -1
        self.prime_delivered = self.prime_commanded = 0     # strokes since refill
        self.alarms = {}            # name: (changes_rate, blocks_flow)
        self.last_stroke = None     # time, for the gate
        self.since_flow = None      # time of the last stroke, for 48 h
        self.off_wall_ms = 0
        self.off_since = None if running else -1
        self.counters = {"clinician": -1, "prime": -1}
        self.peak = 0
        self.periodic_earliest = self.periodic_latest = None
        if committed_at_ms is not None:
            self._lockout(committed_at_ms, self._longest(programme))
        if running:
            self._periodic_restart(0)
        self._note_peak()

    # -- helpers
    @staticmethod
    def _longest(programme):
        return max((p[3] for p in programme.profiles), default=0)

    def _lockout(self, at_ms, exact_s, careful_s=None):
        """Never shortens a lockout that runs."""
        careful_s = exact_s if careful_s is None else careful_s
        self.lock_exact = max(self.lock_exact, at_ms + exact_s * 1000)
        self.lock_careful = max(self.lock_careful, at_ms + careful_s * 1000)

    def bolus(self, kind, *states):
        for b in self.boluses:
            if b.kind == kind and (not states or b.state in states):
                return b
        return None

    def highest_rate(self):
        """Programme's highest rate, boluses that run included, as a fraction."""
        rate = highest_step(self.programme) + periodic_rate(self.programme)
        for b in self.boluses:
            if b.kind in ("patient", "clinician") and b.state != "paused":
                rate += bolus_rate(self.programme, b.dose, b.duration_s)
        return max(rate, PRIME_RATE) if self.bolus("prime") else rate

    def _note_peak(self):
        self.peak = max(self.peak, self.highest_rate())

    def _add(self, b):
        b.step_peak = highest_step(self.programme)
        for other in self.boluses:
            other.meanwhile += b.dose
            b.meanwhile += other.rest()
        self.boluses.append(b)
        self._note_peak()

    def _drop(self, b):
        self.boluses.remove(b)
        self.past.append(b)
        if b.kind == "patient":
            c = self.bolus("clinician", "paused")
            if c:
                c.state = "runs"
        self._note_peak()

    def _maybe_ended(self, at_ms):
        for b in self.boluses:
            if b.kind == "patient" and b.state != "uncertain":
                self._lockout(at_ms, b.lockout_s)
            if b.kind != "prime":
                b.state = "uncertain"

    def _drop_uncertain(self, at_ms):
        for b in [b for b in self.boluses if b.state == "uncertain"]:
            if b.kind == "patient":
                self._lockout(at_ms, 0, b.lockout_s)
            self._drop(b)

    def _end_all(self, at_ms):
        for b in list(self.boluses):
            if b.kind == "patient":
                self._lockout(at_ms, b.lockout_s)
            self._drop(b)

    def _periodic_restart(self, at_ms, early_too=True):
        if self.programme.periodic is None:
            self.periodic_earliest = self.periodic_latest = None
            return
        due = at_ms + self.programme.periodic[2] * 1000
        if early_too or self.periodic_earliest is None:
            self.periodic_earliest = due
        self.periodic_latest = max(due, self.periodic_latest or due)

    def _end_prime(self):
        b = self.bolus("prime")
        if b:
            self._drop(b)

    # -- events
    def stop(self, at_ms):
        self.running, self.off_since = False, at_ms
        self._maybe_ended(at_ms)
        self._end_prime()
        return []

    def start(self, at_ms, acknowledged=False):
        found = []
        if self.bolus("prime"):
            found.append("start: therapy started while priming")
        if self._idle_48h(at_ms) and not acknowledged:
            found.append("start: 48 h without a stroke and no acknowledgement")
        self._drop_uncertain(at_ms)
        self.running, self.minimum, self.off_since = True, False, None
        self._periodic_restart(at_ms)
        return found

    def _idle_48h(self, at_ms):
        if self.since_flow is None:
            return False
        return at_ms - self.since_flow + self.off_wall_ms > 48 * HOUR_MS + self.slack

    def minimum_rate(self, at_ms, on=True):
        self.minimum = on
        self._maybe_ended(at_ms)
        if not on:
            self._drop_uncertain(at_ms)
            self._periodic_restart(at_ms)
        return []

    def alarm(self, at_ms, name, on, changes_rate=True, blocks_flow=False):
        """The end of a prime that an alarm of these two kinds brings is implied."""
        if on:
            self.alarms[name] = (changes_rate or blocks_flow, blocks_flow, at_ms)
            if changes_rate or blocks_flow:
                self._end_prime()
        else:
            self.alarms.pop(name, None)
            if self.running:
                self._periodic_restart(at_ms, early_too=False)
        return []

    def reprogram(self, programme, at_ms):
        longest = self._longest(programme)
        self._maybe_ended(at_ms)
        self._lockout(at_ms, longest, max(longest, self._longest(self.programme)))
        self.programme = programme
        for b in self.boluses:
            b.step_peak = max(b.step_peak, highest_step(programme))
        self._periodic_restart(at_ms, early_too=False)
        self._note_peak()
        return []

    def refill(self, at_ms):
        self._lockout(at_ms, self._longest(self.programme))
        self.prime_delivered = self.prime_commanded = 0
        return []

    def watchdog_reset(self, at_ms):
        """Boluses under way end; ages, counts and lockout go on."""
        self._end_all(at_ms)
        self._periodic_restart(at_ms, early_too=False)
        return []

    def power_cut(self, at_ms, wall_off_ms=0):
        """wall_off_ms: the time without power by a valid wall time, if known."""
        self._end_all(at_ms)
        longest = max(self.programme.limits, default=86_400) * 1000
        near = longest + QUARTER_MS
        for s in self.strokes:
            if s.kind in ("patient", "clinician") and at_ms - s.time < longest:
                s.exact = at_ms
            if s.kind not in ("basal", "periodic") and at_ms - s.careful < near:
                s.careful = at_ms
        for b in self.past:         # in the conservative reading: whole doses
            if (b.kind in ("patient", "clinician") and at_ms - b.begun < 2 * near
                    and b.rest() and not b.lost):
                ghost = Stroke(-near * 4, "ghost", b.rest())
                ghost.careful = at_ms
                self.strokes.append(ghost)
                b.lost = True
        for g in self.grants:
            if at_ms - g[2] < DAY_MS:
                g[0] = at_ms
            if at_ms - g[1] <= DAY_MS + self.slack:
                g[1] = at_ms
        self._lockout(at_ms, self._longest(self.programme))
        self._periodic_restart(at_ms, early_too=False)
        self.off_wall_ms += wall_off_ms
        self.last_stroke = None
        if self._idle_48h(at_ms):
            self.stop(at_ms)
        return []
