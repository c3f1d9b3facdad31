"""Oracle for requirement R3 (window rule for a bolus).

A bolus of B strokes may start at time a only if, for every t in [a, a + W],

    strokes tallied in (t - W, a]
    + B
    + the rest of a running bolus
    + the most strokes the basal programme can give in (a, t]

is at most the limit L. A constant basal with one stroke every I ms can give at most
floor(d / I) + 1 strokes in a span of d ms, d > 0, and none in an empty span. I = None: no basal.

`must_refuse`: the rule is broken, the device must not allow the bolus.
`may_not_refuse`: even with rounding by quarter hours against the patient there are two strokes to
spare, the device must not refuse the bolus. Between the two the device may do either.

Strokes, a and W are whole seconds; I_ms is whole milliseconds. t is any real instant, not only
whole seconds. Strokes later than a are not past and are ignored, in both rules.

Readings of `may_not_refuse`: a quarter hour is [900 k, 900 k + 900) and its end is 900 k + 900
(also for a stroke exactly at 900 k). That end may lie after a, in the running quarter hour; the
stroke is still a past stroke and is still counted. The lengthened W lengthens t's range too:
t in [a, a + W + 900]. Each of these can only raise the load.
"""

from bisect import bisect_right

QUARTER_S = 900
MS = 1000


def most_basal(d_ms, I_ms):
    """The most strokes a constant basal can give in a span of d_ms."""
    if I_ms is None or d_ms == 0:
        return 0
    return d_ms // I_ms + 1


def _worst(leaving_s, a, W, B, running, I_ms):
    """The greatest load over t in [a, a + W], each past stroke counting while t < its leaving."""
    if W <= 0 or (I_ms is not None and I_ms <= 0):
        raise ValueError("W and I_ms must be positive")
    if any(not isinstance(x, int) for x in (a, W, B, running, I_ms or 0, *leaving_s)):
        raise ValueError("whole numbers only")
    first, last = a * MS, (a + W) * MS
    leaving = sorted(s * MS for s in leaving_s)

    # Where can the load change?
    # (1) It drops where a stroke leaves: there the stroke already does not count.
    # (2) It rises at a + I, a + 2 I, ...: there the new stroke already counts.
    # (3) It rises by the "+ 1" of the basal immediately after a, but not yet at a.
    # All of these are whole milliseconds. From one instant of (1) or (2) to just before the next
    # the load is constant and equal to its value at the first of the two, so looking at those
    # instants misses nothing. What remains is t = a, and the stretch from just after a up to the
    # first instant of (1) or (2). For that stretch we look at a + 1 ms. This lies in the stretch,
    # unless I = 1 ms; then no stroke leaves at a + 1 ms (strokes leave at whole seconds), so the
    # load there is higher still than in the stretch, and again nothing is missed.
    instants = {first, first + 1, last}
    instants.update(x for x in leaving if first <= x <= last)
    if I_ms is not None:
        instants.update(range(first + I_ms, last + 1, I_ms))

    def load(t):
        still_counting = len(leaving) - bisect_right(leaving, t)  # those with t < leaving
        return still_counting + B + running + most_basal(t - first, I_ms)

    return max(load(t) for t in instants)


def worst_load(strokes, a, W, B, running, I_ms):
    """The greatest load any t in [a, a + W] would see if a bolus of B strokes started at a."""
    # A stroke s is in (t - W, a] when s <= a and t < s + W: it leaves at s + W.
    leaving = [s + W for s in strokes if s <= a]
    return _worst(leaving, a, W, B, running, I_ms)


def must_refuse(strokes, a, W, B, running, I_ms, L):
    """True if starting the bolus could break the limit: it must be refused."""
    return worst_load(strokes, a, W, B, running, I_ms) > L


def quarter_end(s):
    """The end of the quarter hour the second s lies in."""
    return (s // QUARTER_S + 1) * QUARTER_S


def may_not_refuse(strokes, a, W, B, running, I_ms, L):
    """True if there is so much room that refusing would be starving the patient.

    Every past stroke moved to the end of its quarter hour, W longer by 900 s, and the load is
    still at most L - 2.
    """
    longer = W + QUARTER_S
    leaving = [quarter_end(s) + longer for s in strokes if s <= a]
    return _worst(leaving, a, longer, B, running, I_ms) <= L - 2
