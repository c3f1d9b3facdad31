"""The window rule (SR16, SR17): a bolus must fit now and in the whole coming window.

For every t in the next window W: all tallied in (t-W, now], of any kind and
under any programme, + this bolus + the rest of a running one + the most that
the active programme can give in (now, t] stays within the limit. Counting only
what was already delivered, as the published Open PCA text does, overdoses.
"""

from pump.core.ledger import QUARTER_S


def basal_most(span_s, interval_ms):
    """The most strokes that a constant basal can make within `span_s` seconds."""
    if interval_ms == 0:
        return 0
    return span_s * 1000 // interval_ms + 1


def worst_load(ledger, now_s, window_s, bolus_strokes, interval_ms):
    """The most strokes any window ending in the coming W can hold if the bolus starts now.

    `bolus_strokes` includes the rest of a running bolus. Strokes leave by whole
    quarter hours, so the load peaks just before one leaves.
    """
    first = ledger.first_quarter(now_s, window_s)
    load = bolus_strokes
    for quarter in range(first, ledger.newest + 1):
        load += ledger.weight(quarter)
    worst = load
    for quarter in range(first, ledger.newest + 1):
        leaves_in_s = (quarter + 1) * QUARTER_S + window_s - now_s
        worst = max(worst, load + basal_most(leaves_in_s, interval_ms))
        load -= ledger.weight(quarter)
    # The bolus itself, too, leaves only with its whole quarter hour.
    return max(worst, bolus_strokes + basal_most(window_s + QUARTER_S, interval_ms))


def least_limit(window_s, interval_ms, bolus_strokes):
    """The lowest limit in strokes under which basal is never refused and one bolus can fit (SR17).

    One stroke is kept in hand: a stroke that was held back may join the next window.
    """
    return basal_most(window_s + QUARTER_S, interval_ms) + 1 + bolus_strokes


def basal_fits(window_s, interval_ms, limit_strokes):
    """True if basal alone can never be refused a stroke by the limit (SR17)."""
    return least_limit(window_s, interval_ms, 0) <= limit_strokes
