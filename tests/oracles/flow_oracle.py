"""Oracle for requirement R1 (flow).

The pump moves fluid in strokes of a fixed volume, `stroke_pl` picolitres. The ordered rate, in
nL/h, is constant between the given changes and is integrated exactly. A stroke is due when
ordered minus delivered reaches one stroke. At most one stroke is ever pending: while one is
pending the next one goes on filling, and each time that becomes full while one is still pending,
one stroke volume is lost (never delivered, but counted).

The oracle rests on one remark. Whether a full stroke becomes pending or is lost, exactly one
stroke leaves the filling. So the filling becomes full whenever the whole volume ordered since the
beginning passes 1, 2, 3, ... strokes, no matter when strokes are taken. We first list those
instants, then go through them together with the takes.

Readings of the text, where it leaves a choice:
- Before the first change the rate is zero. A change at t acts from t on. Of several changes at
  the same instant the last one counts.
- At one and the same millisecond the filling comes first, the take after it. So a stroke that
  becomes due at t can be taken at t; and a stroke that becomes full at t, while an older one is
  taken only at t, is lost.
- A take while nothing is pending takes nothing (it is counted in `idle_takes`).
- The end time is included.
"""

from fractions import Fraction
from math import ceil
from typing import NamedTuple

PL_PER_NL = 1000
MS_PER_H = 3_600_000


class Flow(NamedTuple):
    """What the pump should have done by the end time."""

    due_ms: list  # first whole millisecond at which each stroke that became pending was due
    lost: int  # strokes lost because another one was still pending
    credit: Fraction  # ordered - delivered - lost, in strokes: `part`, plus 1 if one is pending
    ordered_nl: Fraction  # exact ordered volume
    part: Fraction  # the part-filled next stroke alone, 0 <= part < 1
    pending: bool  # is a stroke pending at the end?
    taken: int  # strokes taken
    idle_takes: int  # takes that found nothing pending


def _check(stroke_pl, changes, takes, end_ms):
    if stroke_pl <= 0:
        raise ValueError("a stroke must have a volume")
    for times in ([time for time, _ in changes], list(takes)):
        if any(not isinstance(time, int) for time in times):
            raise ValueError("times must be whole milliseconds")
        if times != sorted(times):
            raise ValueError("times must be in order")
        if times and times[-1] > end_ms:
            raise ValueError("time after the end")
    for _, rate in changes:
        if not isinstance(rate, (int, Fraction)) or rate < 0:
            raise ValueError("rates must be exact and not negative")


def _spans(changes, end_ms):
    """(start, stop, rate) for each stretch of constant rate."""
    stops = [time for time, _ in changes[1:]] + [end_ms]
    return [(start, stop, rate) for (start, rate), stop in zip(changes, stops, strict=False)]


def ordered_nl(changes, end_ms):
    """The ordered volume in nL: rate times duration, added up."""
    volume = Fraction(0)
    for start, stop, rate in _spans(changes, end_ms):
        volume += Fraction(rate) * (stop - start) / MS_PER_H
    return volume


def full_ms(stroke_pl, changes, end_ms):
    """First whole milliseconds at which the ordered volume is at least 1, 2, 3, ... strokes."""
    instants = []
    ordered = Fraction(0)  # in strokes, at the start of the span
    for start, stop, rate in _spans(changes, end_ms):
        strokes_per_ms = Fraction(rate) * PL_PER_NL / MS_PER_H / stroke_pl
        ordered_at_stop = ordered + strokes_per_ms * (stop - start)
        while len(instants) + 1 <= ordered_at_stop:
            missing = len(instants) + 1 - ordered
            instants.append(start + ceil(missing / strokes_per_ms))
        ordered = ordered_at_stop
    return instants


def flow(stroke_pl, changes, takes, end_ms):
    """Run the pump from the first change to `end_ms`, both in whole milliseconds.

    changes: list of (time_ms, rate_nl_per_h), in order. takes: list of time_ms, in order.
    """
    _check(stroke_pl, changes, takes, end_ms)

    FULL, TAKE = 0, 1  # at the same millisecond, FULL sorts before TAKE
    events = [(time, FULL) for time in full_ms(stroke_pl, changes, end_ms)]
    events += [(time, TAKE) for time in takes]

    due_ms, lost, taken, idle_takes, pending = [], 0, 0, 0, False
    for time, kind in sorted(events):
        if kind == FULL and pending:
            lost += 1
        elif kind == FULL:
            pending = True
            due_ms.append(time)
        elif pending:
            pending = False
            taken += 1
        else:
            idle_takes += 1

    volume_nl = ordered_nl(changes, end_ms)
    credit = volume_nl * PL_PER_NL / stroke_pl - taken - lost
    part = credit - 1 if pending else credit
    return Flow(due_ms, lost, credit, volume_nl, part, pending, taken, idle_takes)
