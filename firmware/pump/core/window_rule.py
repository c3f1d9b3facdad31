"""The window rule (SR16, SR17): a bolus must fit now and in the whole coming window.

For every t in the next window W: all tallied in (t-W, now], of any kind and
under any programme, + this bolus + the rest of running ones + the most that
the active programme can give in (now, t] stays within the limit. Counting only
what was already delivered, as the published Open PCA text does, overdoses.

`most[k]` is the most strokes the programme makes in any k quarter hours, `fast_ms`
its shortest stroke interval.
"""

from pump.core.envelope import most_in, quarters_up
from pump.core.ledger import QUARTER_S


def worst_load(ledger, now_s, window_s, bolus_strokes, most, fast_ms):
    """The most strokes any window ending in the coming W can hold if the bolus starts now.

    `bolus_strokes` includes the rest of running boluses. Strokes leave by whole
    quarter hours, so the load peaks just before one leaves.
    """
    first = ledger.first_quarter(now_s, window_s)
    load = bolus_strokes + ledger.primed_in(now_s, window_s)
    for quarter in range(first, ledger.newest + 1):
        load += ledger.weight(quarter)
    worst = load
    for quarter in range(first, ledger.newest + 1):
        leaves_in_s = (quarter + 1) * QUARTER_S + window_s - now_s
        worst = max(worst, load + most_in(most, leaves_in_s, fast_ms))
        load -= ledger.weight(quarter)
    # The bolus itself, too, leaves only with its whole quarter hour.
    return max(worst, load + most[quarters_up(window_s + QUARTER_S)])


def least_limit(window_s, bolus_strokes, most):
    """The lowest limit in strokes under which basal is never refused and one bolus fits (SR17).

    One stroke is kept in hand: a stroke that was held back may join the next window. With a
    bolus one more: without it a basal whose strokes fall evenly into the quarter hours would
    leave no moment at which the button may be granted.
    """
    in_hand = 2 if bolus_strokes else 1
    return most[quarters_up(window_s + QUARTER_S)] + in_hand + bolus_strokes
