"""The rate by the wall clock, second by second.

Where the text can be read in more than one way every reading is followed at
once: ``rate()`` is the plain reading, ``allowed()`` what any reading gives.
"""
from itertools import product

from .dosing_programme import basal_rate, is_step_start, lowest_step

WEEK_S = 604_800


class _Reading:
    """One way to read section 2.

    keep_all:  every clock replaced in one transition still ends it
    held:      "the present step's" rate is, in a transition, the held one
    on_start:  a clock set exactly onto a start has come to a start
    kept:      a stop and a start of therapy do not end a transition
    ghost:     the clock from before it became invalid still ends a transition
    """

    def __init__(self, keep_all, held, on_start, kept, ghost):
        self.keep_all, self.held, self.on_start = keep_all, held, on_start
        self.kept, self.ghost = kept, ghost
        self.hold = None                # rate that is held, or None
        self.old = []                   # local seconds of the week


class FlexOracle:
    """utc_s: second of the week in UTC, of any week; offset_min: local - UTC."""

    def __init__(self, programme, utc_s=0, offset_min=0, valid=True, running=True):
        self.programme = programme
        self.utc_s, self.offset_min, self.valid = utc_s, offset_min, valid
        self.running = running
        self.plain = _Reading(False, True, False, False, False)
        self.readings = [_Reading(*flags) for flags in product((False, True), repeat=5)]
        self._table()

    def _table(self):
        self.by_quarter = [basal_rate(self.programme, q * 900) for q in range(672)]

    def _all(self):
        return [self.plain] + self.readings

    def local(self):
        return (self.utc_s + self.offset_min * 60) % WEEK_S

    def _at(self, local_s):
        return self.by_quarter[local_s // 900]

    def _rate(self, reading):
        if not self.running:
            return 0
        if not self.valid:
            return lowest_step(self.programme)
        if reading.hold is not None:
            return reading.hold
        return self._at(self.local())

    def rate(self):
        return self._rate(self.plain)

    def allowed(self):
        return {self._rate(r) for r in self._all()}

    def tick(self):
        self.utc_s += 1
        for r in self._all():
            r.old = [(x + 1) % WEEK_S for x in r.old]
            if r.hold is None:
                continue
            clocks = r.old + ([self.local()] if self.valid else [])
            if self.valid and any(is_step_start(self.programme, c) for c in clocks):
                r.hold, r.old = None, []

    def advance(self, seconds):
        for _ in range(seconds):
            self.tick()

    def clock_set(self, utc_s=None, offset_min=None):
        """The wall time, the offset or both are set; the time is valid then
        (an offset alone leaves an invalid time invalid)."""
        was, was_valid = self.local(), self.valid
        before = {r: self._rate(r) for r in self._all()}
        if utc_s is not None:
            self.utc_s, self.valid = utc_s, True
        if offset_min is not None:
            self.offset_min = offset_min
        if not self.running:
            for r in self._all():
                r.hold, r.old = None, []
            return
        if not self.valid:
            return
        new = self._at(self.local())
        for r in self._all():
            present = before[r]
            if not r.held and was_valid:
                present = self._at(was)
            old = [was] if was_valid or r.ghost else []
            r.old = (r.old if r.keep_all else []) + old
            r.hold = min(present, new)
            if r.on_start and is_step_start(self.programme, self.local()):
                r.hold, r.old = None, []

    def invalidate(self):
        """The wall time became invalid."""
        self.valid = False
        for r in self._all():
            r.hold = None
            r.old = []

    def stop(self):
        self.running = False

    def start(self):
        self.running = True
        for r in self._all():
            if not r.kept:
                r.hold, r.old = None, []

    def reprogram(self, programme):
        self.programme = programme
        self._table()
        for r in self._all():
            r.hold, r.old = None, []

    def volume_nl_s(self, seconds):
        """(least, most) integral in nL/h x s over the next seconds, ticking."""
        least = most = 0
        for _ in range(seconds):
            rates = self.allowed()
            least, most = least + min(rates), most + max(rates)
            self.tick()
        return least, most
