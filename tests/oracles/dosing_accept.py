"""Is a programme accepted?  Exact arithmetic, with a zone for the rounding."""
from fractions import Fraction

from .dosing_programme import (
    MAX_RATE,
    MIN_BOLUS_STROKES,
    QUARTER_MS,
    WEEK_QUARTERS,
    bolus_rate,
    ceil,
    highest_step,
    lowest_step,
    most_exact,
    most_up,
    periodic_rate,
    profiles_that_apply,
    week_rates,
)


def programme_acceptable(p):
    """(zone, reasons): zone is "must refuse", "must accept" or "either"."""
    bad, maybe = [], []

    def need(ok, why):
        if not ok:
            bad.append(why)

    need(200_000 <= p.stroke_pl <= 290_000, "stroke volume")
    need(1 <= len(p.steps) <= 24, "number of steps")
    begins = []
    for days, start, rate in p.steps:
        need(all(0 <= d <= 6 for d in days), "weekday")
        need(0 <= start <= 95, "step start")
        need(rate == 0 or 2_000 <= rate <= MAX_RATE, "step rate")
        begins += [(d, start) for d in days]
        if not days:
            maybe.append("step without a weekday")
    if len(set(begins)) != len(begins):
        maybe.append("two steps start together")
    if p.periodic is not None:
        strokes, duration, interval = p.periodic
        need(strokes >= 0 and duration > 0, "periodic dose or duration")
        need(900 <= interval <= 86_400 and interval > duration, "periodic interval")
        if strokes == 0:
            maybe.append("periodic bolus of nothing")
        elif strokes < MIN_BOLUS_STROKES or not 60 <= duration <= 21_600:
            maybe.append("small, short or long periodic bolus")
    need(len(p.profiles) <= 4, "number of profiles")
    for start, strokes, duration, lockout, count in p.profiles:
        need(0 <= start <= 95, "profile start")
        need(strokes >= MIN_BOLUS_STROKES, "too_small")
        need(60 <= duration <= 21_600, "bolus duration")
        need(60 <= lockout <= 86_400, "lockout")
        need(1 <= count <= 24, "count")
    if len({x[0] for x in p.profiles}) != len(p.profiles):
        maybe.append("two profiles start together")
    need(all(w in (3_600, 14_400, 86_400) for w in p.limits), "window")
    if not p.limits:
        maybe.append("no limit at all")
    if bad:
        return "must refuse", bad
    if p.minimum_nl_per_h > lowest_step(p):
        maybe.append("minimum rate above the lowest step")
    rates, per = week_rates(p), periodic_rate(p)
    for q in range(WEEK_QUARTERS):
        here = [bolus_rate(p, *p.profiles[i][1:3])
                for i in profiles_that_apply(p, q * 900)] or [Fraction(0)]
        if rates[q] + per + min(here) > MAX_RATE:
            bad.append("total rate")
            break
    largest_rate = max([ceil(bolus_rate(p, *x[1:3])) for x in p.profiles], default=0)
    if highest_step(p) + ceil(per) + largest_rate > MAX_RATE:
        maybe.append("total rate, any phase, rounded up")
    largest = max((x[1] for x in p.profiles), default=0)
    for window, limit in p.limits.items():
        span = window * 1000 + QUARTER_MS
        if most_exact(p, span) + 1 + largest > limit:
            bad.append(f"limit of {window} s")
        elif most_up(p, span) + 1 + largest > limit:
            maybe.append(f"limit of {window} s, rounded up")
    if bad:
        return "must refuse", bad
    return ("either", maybe) if maybe else ("must accept", [])
