"""What a window holds and will hold, in the exact reading (for an overdose)
and in the most conservative one (for starvation)."""
from .dosing_programme import QUARTER_MS, ceil, most_exact, most_up


class Stroke:
    """One stroke.  time: when it was.  exact, careful: when it counts from,
    for a further bolus (a loss of power makes boluses younger)."""

    def __init__(self, time, kind, weight):
        self.time, self.kind, self.weight = time, kind, weight
        self.exact = self.careful = time

    def __repr__(self):
        return f"({self.time}, {self.kind}, {self.weight})"


def in_window(strokes, at_ms, window_ms, with_prime):
    """Weight of the strokes in (at - window, at], by their true time."""
    return sum(s.weight for s in strokes
               if at_ms - window_ms < s.time <= at_ms
               and (with_prime or s.kind != "prime"))


def _worst(entries, first_ms, last_ms, lasts_ms, most):
    """Largest of (weight still counted at t) + most(t) for t in [first, last];
    an entry counts while t < its time + lasts_ms."""
    entries = sorted(e for e in entries if e[0] + lasts_ms > first_ms)
    counted = sum(weight for _, weight in entries)
    worst, when = counted + most(first_ms), first_ms
    for time, weight in entries:
        t = min(time + lasts_ms - 1, last_ms)       # the last moment it counts
        if counted + most(t) > worst:
            worst, when = counted + most(t), t
        counted -= weight
    if most(last_ms) + counted > worst:
        worst, when = counted + most(last_ms), last_ms
    return worst, when


def exact_worst(strokes, programme, now_ms, window_s):
    """No rounding.  A prime counts in the longest window only, by its age."""
    window = window_s * 1000
    longest = window_s == max(programme.limits)
    entries = [(s.exact, s.weight) for s in strokes if longest or s.kind != "prime"]
    return _worst(entries, now_ms, now_ms + window, window,
                  lambda t: most_exact(programme, t - now_ms))


def careful_worst(strokes, programme, now_ms, window_s, weight=1):
    """Every rounding that the text allows: a stroke may count for W + 15 min,
    spans are rounded up to whole quarter hours, and a prime counts in each
    window, undiminished, for the longest window."""
    window = window_s * 1000 + QUARTER_MS
    longest = max(programme.limits) * 1000 + QUARTER_MS
    primes = sum(s.weight for s in strokes
                 if s.kind == "prime" and s.careful + longest > now_ms)
    entries = [(s.careful, s.weight) for s in strokes if s.kind != "prime"]
    worst, when = _worst(entries, now_ms, now_ms + window, window,
                         lambda t: weight * most_up(programme, t - now_ms))
    return ceil(worst + primes), when
