"""Some of the oracle's own questions, answered faster; tested against the originals."""

from bisect import bisect_right
from functools import lru_cache
from operator import attrgetter

from tests.oracles import dosing_accept, dosing_limits, dosing_oracle, dosing_programme
from tests.oracles.dosing_programme import QUARTER_MS

_TIME = attrgetter("time")
_slow_most_up, _slow_in_window = dosing_limits.most_up, dosing_limits.in_window
slow_basal_rate = dosing_programme.basal_rate
slow_profiles = dosing_programme.profiles_that_apply


class InOrder:
    """`now` is True while the strokes that the oracle looks at are in order of time."""

    now = False


@lru_cache(4096)
def _most_up(programme, quarters):
    return _slow_most_up(programme, quarters * QUARTER_MS)


def most_up(programme, span_ms):
    """The most in a span, remembered by the quarter hours that it is rounded to."""
    return _most_up(programme, -(-span_ms // QUARTER_MS))


@lru_cache(4096)
def _profiles(programme, quarter):
    return slow_profiles(programme, quarter * 900)


def profiles_that_apply(programme, local_s):
    """The profiles that apply, remembered by the quarter hour of the day."""
    if local_s is None:
        return slow_profiles(programme, None)
    return _profiles(programme, local_s // 900 % 96)


@lru_cache(64)
def _starts(steps):
    starts = {}
    for days, start, rate in steps:
        for day in days:
            starts[day * 96 + start] = rate  # of two that start together: the later listed
    return sorted(starts), starts


def basal_rate(programme, local_s):
    """The step that started last, found by bisection."""
    quarters, rates = _starts(programme.steps)
    if not quarters:
        return None
    return rates[quarters[bisect_right(quarters, local_s // 900) - 1]]


def fast_in_window(strokes, at_ms, window_ms, with_prime):
    """The weight in a window, of strokes in order of time and none after `at_ms`."""
    first = bisect_right(strokes, at_ms - window_ms, key=_TIME)
    if first == len(strokes):
        return 0
    _sum_up(strokes)
    last, before = strokes[-1], strokes[first]
    total = last.sum - before.sum + before.weight
    if not with_prime:
        total -= last.primed - before.primed + (before.weight if before.kind == "prime" else 0)
    return total


def weigh_anew(strokes):
    """Their weights changed: forget their sums."""
    for stroke in strokes:
        stroke.sum = None


def _sum_up(strokes):
    """Give each stroke that has none the sum of all weights up to it."""
    at = len(strokes)
    while at and getattr(strokes[at - 1], "sum", None) is None:
        at -= 1
    total, primed = (strokes[at - 1].sum, strokes[at - 1].primed) if at else (0, 0)
    for stroke in strokes[at:]:
        total += stroke.weight
        if stroke.kind == "prime":
            primed += stroke.weight
        stroke.sum, stroke.primed = total, primed


def forget():
    """Forget what belongs to programmes of the past."""
    for cache in (dosing_programme._week_cache, dosing_programme._basal_cache,
                  dosing_programme._sums_cache):
        cache.clear()
    _most_up.cache_clear()
    _profiles.cache_clear()


def _in_window(strokes, at_ms, window_ms, with_prime):
    answer = fast_in_window if InOrder.now else _slow_in_window
    return answer(strokes, at_ms, window_ms, with_prime)


dosing_limits.most_up = most_up
dosing_programme.basal_rate = basal_rate
dosing_oracle.in_window = _in_window
dosing_accept.profiles_that_apply = dosing_oracle.profiles_that_apply = profiles_that_apply
