"""The most a programme can give by itself in a span, for any phase of its week (SR16, SR17).

Rates are piecewise constant and change on quarter hours: the fullest span of k
quarters begins where a step begins or ends where one ends. Made once, at commit.
"""

from array import array

from pump.core.schedule import QUARTER_S, QUARTERS_PER_WEEK
from pump.core.units import strokes_up

SPAN_QUARTERS = 98  # 24 h, the quarter that has begun, and one for rounding
_STROKES_MAX = 0xFFFFFF  # far above what is accepted; more would not fit an array's element


def most_strokes(week, rates_nl_per_h, pulse_nl, pulse_s, pulse_interval_s, stroke_pl):
    """Return `most`: most[k] strokes at most in any k quarter hours, k from 0 to 98."""
    rate_sums = array("I", bytes(4 * (SPAN_QUARTERS + 1)))
    starts = week.starts
    for place in range(len(starts)):
        _walk(week, rates_nl_per_h, starts[place], 1, rate_sums)
        _walk(week, rates_nl_per_h, starts[place] - 1, -1, rate_sums)
    most = array("I", bytes(4 * (SPAN_QUARTERS + 1)))
    for quarters in range(1, SPAN_QUARTERS + 1):
        volume_nl = (rate_sums[quarters] + 3) // 4
        if pulse_nl:
            # They begin an interval apart or more: whole ones, and of one more a part.
            pulses, rest_s = divmod(quarters * QUARTER_S, pulse_interval_s)
            volume_nl += pulses * pulse_nl + -(-min(rest_s, pulse_s) * pulse_nl // pulse_s)
        # Rounded up: a stroke may have been nearly full when the span began. One that was
        # already due then is whoever's who asks: window_rule.py, bolus_rule.py, limits.py.
        most[quarters] = min(strokes_up(volume_nl, stroke_pl), _STROKES_MAX)
    return most


def most_in(most, span_s, fast_ms):
    """The most strokes in a span: whole quarters, and the rest at the highest rate if that is less.

    `fast_ms` is the stroke interval at the programme's highest rate, rounded down; 0 = no flow.
    """
    quarters, rest_s = divmod(span_s, QUARTER_S)
    if rest_s == 0 or fast_ms == 0:
        return most[quarters]
    return min(most[quarters + 1], most[quarters] + rest_s * 1000 // fast_ms + 1)


def quarters_up(span_s):
    """Whole quarter hours that cover a span."""
    return -(-span_s // QUARTER_S)


def most_meanwhile(most, fast_nl_per_h, span_s, stroke_pl):
    """The most strokes in a span: as its quarter hours, nor more than at the highest rate."""
    return min(most[quarters_up(span_s)], at_highest(fast_nl_per_h, span_s, stroke_pl))


def at_highest(fast_nl_per_h, span_s, stroke_pl):
    """Strokes in a span at the highest rate, rounded up."""
    return strokes_up(-(-fast_nl_per_h * span_s // 3600), stroke_pl)


def _walk(week, rates_nl_per_h, first_quarter, way, rate_sums):
    """Sum rates from a quarter on, forward or backward, and keep the largest sums."""
    total = 0
    quarter = first_quarter % QUARTERS_PER_WEEK
    place = week.place(quarter)
    count = len(week.starts)
    for span in range(1, SPAN_QUARTERS + 1):
        total += rates_nl_per_h[week.order[place]]
        if total > rate_sums[span]:
            rate_sums[span] = total
        if way > 0:
            quarter = quarter + 1 if quarter + 1 < QUARTERS_PER_WEEK else 0
            if week.starts[(place + 1) % count] == quarter:
                place = (place + 1) % count
        else:
            if week.starts[place] == quarter:
                place = (place - 1) % count
            quarter = quarter - 1 if quarter else QUARTERS_PER_WEEK - 1
