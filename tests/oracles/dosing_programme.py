"""The prescription as plain data, and what it can give, by brute force.

Weekday 0 is the day at whose midnight the local second of the week is 0.
Volumes are pL, rates nL/h, spans ms.  Nothing here is rounded unless a name
says so (``_up``).
"""
from dataclasses import dataclass, field
from fractions import Fraction

QUARTER_MS = 900_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
WEEK_QUARTERS = 7 * 96
MAX_RATE = 1_000_000            # nL/h, boluses included
PRIME_RATE = 500_000            # nL/h
MIN_BOLUS_STROKES = 20


@dataclass(frozen=True, eq=False)
class Programme:
    stroke_pl: int
    steps: tuple                # (weekdays, start_quarter, nl_per_h)
    concentration: int = 1
    periodic: tuple | None = None   # (strokes, duration_s, interval_s)
    profiles: tuple = ()        # (start_quarter, strokes, duration_s, lockout_s, count)
    limits: dict = field(default_factory=dict)      # {window_s: strokes}
    catheter_nl: int = 0        # length x volume per cm + internal volume
    minimum_nl_per_h: int = 0

    def __post_init__(self):
        steps = tuple((frozenset(d), start, rate) for d, start, rate in self.steps)
        object.__setattr__(self, "steps", steps)


def dose_volume_nl(dose_ng, concentration):
    return dose_ng * 1000 // concentration


def daily_rate_nl_per_h(ng_per_day, concentration):
    return ng_per_day * 1000 // (24 * concentration)


def ceil(x):
    return -((-x) // 1)


def basal_rate(programme, local_second_of_week):
    """Walk back, quarter by quarter, to the start that came last.
    None: no step ever starts.  Of two that start together: the later listed."""
    q = local_second_of_week // 900
    for back in range(WEEK_QUARTERS):
        day, quarter = divmod((q - back) % WEEK_QUARTERS, 96)
        for days, start, rate in reversed(programme.steps):
            if quarter == start and day in days:
                return rate
    return None


def lowest_step(programme):
    return min(s[2] for s in programme.steps)


def highest_step(programme):
    return max(s[2] for s in programme.steps)


def is_step_start(programme, local_second_of_week):
    q, rest = divmod(local_second_of_week % 604_800, 900)
    day, quarter = divmod(q, 96)
    return rest == 0 and any(quarter == s[1] and day in s[0] for s in programme.steps)


def profiles_that_apply(programme, local_second_of_week):
    """Set of profile indices that may apply; None: the wall time is invalid."""
    profiles = programme.profiles
    if not profiles:
        return set()
    if local_second_of_week is None:
        least = min(p[1] for p in profiles)
        return {i for i, p in enumerate(profiles) if p[1] == least}
    q = local_second_of_week // 900 % 96
    for back in range(96):
        found = {i for i, p in enumerate(profiles) if p[0] == (q - back) % 96}
        if found:
            return found
    return set()


def bolus_rate(programme, strokes, duration_s):
    """nL/h as a fraction."""
    return Fraction(strokes * programme.stroke_pl * 3600, 1000 * duration_s)


def periodic_rate(programme):
    if programme.periodic is None:
        return Fraction(0)
    return bolus_rate(programme, programme.periodic[0], programme.periodic[1])


_week_cache = {}


def week_rates(programme):
    """The rate of each of the 672 quarter hours of the week."""
    if programme.steps not in _week_cache:
        _week_cache[programme.steps] = [basal_rate(programme, q * 900) or 0
                                        for q in range(WEEK_QUARTERS)]
    return _week_cache[programme.steps]


def _given(rates, start_ms, span_ms):
    """Integral of the rate, nL/h x ms, over [start, start + span)."""
    total, at, end = 0, start_ms, start_ms + span_ms
    while at < end:
        q = at // QUARTER_MS
        upto = min(end, (q + 1) * QUARTER_MS)
        total += rates[q % WEEK_QUARTERS] * (upto - at)
        at = upto
    return total


_basal_cache = {}
_sums_cache = {}


def _sums(programme):
    """Given by the end of each quarter of two weeks, and where the rate changes."""
    if programme.steps not in _sums_cache:
        rates, sums = week_rates(programme), [0]
        for q in range(2 * WEEK_QUARTERS + 1):
            sums.append(sums[-1] + rates[q % WEEK_QUARTERS] * QUARTER_MS)
        edges = [q * QUARTER_MS for q in range(WEEK_QUARTERS)
                 if rates[q] != rates[q - 1]] or [0]
        _sums_cache[programme.steps] = rates, sums, edges
    return _sums_cache[programme.steps]


def most_basal(programme, span_ms):
    """Most strokes (fraction) of basal in any span (up to a week).  A span whose
    content is greatest begins or ends where the rate changes."""
    key = (programme.steps, span_ms)
    if key not in _basal_cache:
        if len(_basal_cache) > 200_000:
            _basal_cache.clear()
        rates, sums, edges = _sums(programme)
        week, best = WEEK_QUARTERS * QUARTER_MS, 0
        for edge in edges:
            for start in (edge, (edge - span_ms) % week):
                a, a_rest = divmod(start, QUARTER_MS)
                b, b_rest = divmod(start + span_ms, QUARTER_MS)
                given = (sums[b] + rates[b % WEEK_QUARTERS] * b_rest
                         - sums[a] - rates[a % WEEK_QUARTERS] * a_rest)
                best = max(best, given)
        _basal_cache[key] = best
    return Fraction(_basal_cache[key], 3600 * programme.stroke_pl)


def most_periodic(programme, span_ms):
    """Most strokes (fraction) of the periodic bolus in any span, any phase."""
    if programme.periodic is None:
        return Fraction(0)
    strokes, duration_s, interval_s = programme.periodic
    whole, rest = divmod(span_ms, interval_s * 1000)
    return whole * strokes + Fraction(strokes * min(rest, duration_s * 1000),
                                      duration_s * 1000)


def most_exact(programme, span_ms):
    return most_basal(programme, span_ms) + most_periodic(programme, span_ms)


def most_up(programme, span_ms):
    """Whole strokes, the span rounded up to whole quarter hours."""
    span = -(-span_ms // QUARTER_MS) * QUARTER_MS
    return ceil(most_basal(programme, span)) + ceil(most_periodic(programme, span))


def most_in_span(programme, span_s):
    """Most strokes (fraction) in a span, sliding its begin and its end over
    every quarter of the week."""
    rates, span_ms = week_rates(programme), span_s * 1000
    week = WEEK_QUARTERS * QUARTER_MS
    best = 0
    for q in range(WEEK_QUARTERS):
        best = max(best, _given(rates, q * QUARTER_MS, span_ms),
                   _given(rates, (q * QUARTER_MS - span_ms) % week, span_ms))
    return Fraction(best, 3600 * programme.stroke_pl) + most_periodic(programme, span_ms)
