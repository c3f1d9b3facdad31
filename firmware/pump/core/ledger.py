"""The strokes of the last 24 h, by quarter hour of pump time.

Bounded memory that never under-counts: a quarter hour leaves a window only
when all of it has, so a window of W holds up to W + 15 min of strokes.

Basal strokes and bolus strokes (all strokes while a bolus ran) are kept apart:
after a power cut of unknown length the bolus strokes in the window count, for
the permission of a *further* bolus, as just delivered (`lump`); for basal
strokes they keep their age, so that basal is never starved by a restart.
Priming strokes (SR36) weigh on further boluses only, never on basal.
"""

from array import array

QUARTER_S = 900
BUCKETS = 97  # 24 h and the quarter that has begun
BUCKET_MAX = 65_535
GRANTS_MAX = 24
DAY_S = 86_400


class Ledger:
    """Strokes by quarter hour, and the pump times of the boluses granted."""

    def __init__(self):
        self.basal = array("H", bytes(2 * BUCKETS))
        self.bolus = array("H", bytes(2 * BUCKETS))
        self.pg_per_stroke = 0  # what each counted stroke weighs; 0 = nothing was counted yet
        self.newest = 0  # number of the quarter hour that has begun
        self.lump = 0  # bolus strokes that count as delivered at lump_s
        self.lump_s = 0
        self.lump_first = 0  # the oldest quarter hour whose bolus strokes are in the lump
        self.lump_skip = 0  # those of them made in the quarter of lump_s
        self.primed = 0  # priming strokes since the last refill
        self.primed_weight = 0  # the same as the window rule sees them
        self.primed_s = 0  # when the last one was made
        self.grants = array("I", bytes(4 * GRANTS_MAX))
        self.grant_count = 0

    def advance(self, now_s):
        """Open the quarter hour of `now_s`."""
        quarter = now_s // QUARTER_S
        if quarter - self.newest >= BUCKETS:
            for slot in range(BUCKETS):
                self.basal[slot] = 0
                self.bolus[slot] = 0
            self.newest = quarter
        while self.newest < quarter:
            self.newest += 1
            self.basal[self.newest % BUCKETS] = 0
            self.bolus[self.newest % BUCKETS] = 0
        while self.grant_count and now_s - self.grants[0] >= DAY_S:
            self._drop_oldest_grant()

    def add(self, in_bolus):
        """Count one stroke in the present quarter hour."""
        bucket = self.bolus if in_bolus else self.basal
        bucket[self.newest % BUCKETS] += 1

    def add_primed(self, now_s):
        """Count one priming stroke."""
        if now_s - self.primed_s > DAY_S + QUARTER_S:
            self.primed_weight = 0  # those before are out of every window
        self.primed += 1
        self.primed_weight += 1
        self.primed_s = now_s

    def primed_in(self, now_s, window_s):
        """Priming strokes that count against a bolus now: all, while any is in the window."""
        return self.primed_weight if now_s - self.primed_s <= window_s + QUARTER_S else 0

    def refilled(self, now_s):
        """A refill: another priming bolus may follow; strokes made keep their weight a day."""
        self.primed = 0
        if now_s - self.primed_s > DAY_S + QUARTER_S:
            self.primed_weight = 0

    def full(self):
        """True if the present quarter hour can hold no further stroke."""
        slot = self.newest % BUCKETS
        return self.basal[slot] >= BUCKET_MAX or self.bolus[slot] >= BUCKET_MAX

    def add_grant(self, now_s):
        """Remember a bolus granted at `now_s`; the caller checked the count."""
        if self.grant_count == GRANTS_MAX:
            self._drop_oldest_grant()
        self.grants[self.grant_count] = now_s
        self.grant_count += 1

    def first_quarter(self, now_s, window_s):
        """The oldest quarter hour of which anything may lie in (now - window, now]."""
        first = (now_s - window_s) // QUARTER_S
        oldest = self.newest - BUCKETS + 1
        return first if first > oldest else oldest

    def in_window(self, now_s, window_s):
        """Strokes of any kind that may lie in (now - window, now], never too few."""
        first = self.first_quarter(now_s, window_s)
        begin = first % BUCKETS
        end = begin + self.newest + 1 - first
        if end <= BUCKETS:
            return self._between(begin, end)
        return self._between(begin, BUCKETS) + self._between(0, end - BUCKETS)

    def _between(self, begin, end):
        """Strokes in the slots from `begin` to before `end`."""
        basal, bolus = self.basal, self.bolus
        total = 0
        for slot in range(begin, end):
            total += basal[slot] + bolus[slot]
        return total

    def weight(self, quarter):
        """Strokes of a quarter hour as the window rule sees them, the lump in its place."""
        slot = quarter % BUCKETS
        lump_quarter = self.lump_s // QUARTER_S
        if self.lump == 0 or quarter > lump_quarter or quarter < self.lump_first:
            return self.basal[slot] + self.bolus[slot]
        if quarter == lump_quarter:
            return self.basal[slot] + self.bolus[slot] - self.lump_skip + self.lump
        return self.basal[slot]

    def restamp(self, now_s, window_s):
        """After a power cut: boluses in the window count as delivered at `now_s` (SR19, SR20)."""
        self.advance(now_s)
        lump = 0
        first = self.first_quarter(now_s, window_s)
        oldest = first
        if self.lump and self.lump_s // QUARTER_S >= first:
            oldest = min(first, self.lump_first)  # the former lump goes into this one
        for quarter in range(first, self.newest + 1):
            lump += self.weight(quarter) - self.basal[quarter % BUCKETS]
        self.lump = lump
        self.lump_first = max(0, oldest)
        self.lump_s = now_s
        self.lump_skip = self.bolus[self.newest % BUCKETS]
        for i in range(self.grant_count):
            self.grants[i] = now_s

    def weigh_as(self, pg_per_stroke):
        """From now on strokes weigh `pg_per_stroke`; past ones keep their dose, rounded up.

        Returns False, changing nothing, if a quarter hour cannot hold the result.
        """
        if not self.can_weigh_as(pg_per_stroke):
            return False
        if self.pg_per_stroke not in (0, pg_per_stroke):
            self.rescale(self.pg_per_stroke, pg_per_stroke)
        self.pg_per_stroke = pg_per_stroke
        return True

    def can_weigh_as(self, pg_per_stroke):
        """True if every quarter hour can hold its strokes at this weight."""
        if self.pg_per_stroke in (0, pg_per_stroke):
            return True
        most = 0
        for slot in range(BUCKETS):
            most = max(most, self.basal[slot], self.bolus[slot])
        return -(-most * self.pg_per_stroke // pg_per_stroke) < BUCKET_MAX

    def rescale(self, old_pg, new_pg):
        """Express all strokes in strokes of `new_pg` instead of `old_pg` each.

        Rounded so that the sum from any quarter hour to the newest is rounded up
        once: up in each quarter would add 97 strokes to a day and starve basal.
        """
        _rescale_sums(self.basal, self.newest, old_pg, new_pg)
        _rescale_sums(self.bolus, self.newest, old_pg, new_pg)
        if self.lump:
            # One more: what is older than the lump is a difference of two rounded sums.
            self.lump = -(-self.lump * old_pg // new_pg) + 1
        self.lump_skip = self.lump_skip * old_pg // new_pg
        self.primed_weight = -(-self.primed_weight * old_pg // new_pg)

    def _drop_oldest_grant(self):
        self.grant_count -= 1
        for i in range(self.grant_count):
            self.grants[i] = self.grants[i + 1]


def _rescale_sums(strokes, newest, old_pg, new_pg):
    true = given = 0
    for quarter in range(newest, newest - BUCKETS, -1):
        slot = quarter % BUCKETS
        true += strokes[slot]
        share = -(-true * old_pg // new_pg) - given
        given += share
        strokes[slot] = share
