"""Volumes, doses and stroke intervals; which way each rounds is in its name.

An amount given is rounded up against a limit and down against a promise.
Wide products (above 2^30) occur here only, at commit, never in a control step.
"""

STROKE_MIN_PL = 200_000  # calibrated volume of one stroke, design limits
STROKE_MAX_PL = 290_000
RATE_MIN_NL_PER_H = 2_000  # 0.048 mL/day
RATE_MAX_NL_PER_H = 1_000_000  # 24 mL/day, boluses included
STROKE_WIDEST_PL = 297_900  # most that the flow control can count in small integers
STROKE_MS = 300  # a stroke lasts at most this long
BOLUS_STROKES_MIN = 20

# Credit of the flow control counts in 1/3600 pL: what 1 nL/h gives in 1 ms.
CREDIT_PER_PL = 3_600
CREDIT_PER_NL = 3_600_000


def volume_down_nl(dose_ng, concentration_ug_per_ml):
    """Volume that holds `dose_ng` (1 ug/mL = 1 ng/uL), never more."""
    return dose_ng * 1000 // concentration_ug_per_ml


def rate_down_nl_per_h(dose_ng_per_day, concentration_ug_per_ml):
    """Flow that gives `dose_ng_per_day`, never more."""
    return dose_ng_per_day * 1000 // (concentration_ug_per_ml * 24)


def dose_up_pg(volume_pl, concentration_ug_per_ml):
    """Dose in pg held by `volume_pl`, never less."""
    return -(-volume_pl * concentration_ug_per_ml // 1000)


def strokes_up(volume_nl, stroke_pl):
    """Strokes that a volume can take, never fewer."""
    return -(-volume_nl * 1000 // stroke_pl)


def interval_down_ms(stroke_pl, rate_nl_per_h):
    """Time between strokes at a rate, never longer; 0 stands for no flow."""
    if rate_nl_per_h == 0:
        return 0
    return stroke_pl * CREDIT_PER_PL // rate_nl_per_h
