"""Two of the oracle's own questions, answered faster; tested against the originals."""

from bisect import bisect_right
from functools import lru_cache
from operator import attrgetter

from tests.oracles import dosing_limits, dosing_oracle
from tests.oracles.dosing_programme import QUARTER_MS

_TIME, _KIND, _WEIGHT = attrgetter("time"), attrgetter("kind"), attrgetter("weight")
_slow_most_up, _slow_in_window = dosing_limits.most_up, dosing_limits.in_window


class InOrder:
    """`now` is True while the strokes that the oracle looks at are in order of time."""

    now = False


@lru_cache(4096)
def _most_up(programme, quarters):
    return _slow_most_up(programme, quarters * QUARTER_MS)


def most_up(programme, span_ms):
    """The most in a span, remembered by the quarter hours that it is rounded to."""
    return _most_up(programme, -(-span_ms // QUARTER_MS))


def fast_in_window(strokes, at_ms, window_ms, with_prime):
    """The weight in a window, of strokes in order of time and none after `at_ms`."""
    held = strokes[bisect_right(strokes, at_ms - window_ms, key=_TIME):]
    if not with_prime and "prime" in map(_KIND, held):
        held = [s for s in held if s.kind != "prime"]
    return sum(map(_WEIGHT, held))


def _in_window(strokes, at_ms, window_ms, with_prime):
    answer = fast_in_window if InOrder.now else _slow_in_window
    return answer(strokes, at_ms, window_ms, with_prime)


dosing_limits.most_up = most_up
dosing_oracle.in_window = _in_window
