"""How much drug is left, by two accounts that must agree (SR42, SR43, SR44, SR45).

*Measured* by the flow sensor, stroke by stroke; *commanded* by the strokes made
since the refill. An account by the programmed rate alone would not notice an
over-infusing pump.
"""

from thecal_wire.messages import NOT_MEASURED

EMPTY_NL = 1_000_000  # SR44: below it the pump would draw gas; to be confirmed for a real pump
CAPACITY_NL = 20_000_000  # the 20 mL reservoir of the reference pump
DIVERGES_NL = 1_000_000  # and 15 % of the volume used: Open PCA's under-infusion bound
DIVERGES_PERCENT = 15
NEVER_H = 0xFFFFFFFF


def is_empty(left_nl):
    """True when no stroke may be made any more (SR44)."""
    return left_nl <= EMPTY_NL


def holds(left_nl, volume_nl):
    """True if a bolus of this volume can be given before the reservoir is empty (SR23)."""
    return left_nl - EMPTY_NL >= volume_nl


def commanded_nl(refilled_nl, strokes, stroke_pl):
    """What is left by the strokes made since the refill."""
    return max(0, refilled_nl - strokes * (stroke_pl // 10) // 100)


def differ(one_nl, other_nl, refilled_nl):
    """True if two accounts of the volume left are too far apart."""
    used_nl = refilled_nl - min(one_nl, other_nl)
    allowed_nl = max(DIVERGES_NL, used_nl // 100 * DIVERGES_PERCENT)
    return abs(one_nl - other_nl) > allowed_nl


def refill_mismatch(expected_nl, withdrawn_nl, refilled_nl):
    """True if what came out is not what was expected; without a measurement nothing is said."""
    if withdrawn_nl == NOT_MEASURED:
        return False
    return differ(expected_nl, withdrawn_nl, max(refilled_nl, expected_nl, withdrawn_nl))


def refill_in_h(left_nl, low_nl, programme):
    """Hours until the reservoir is low if every allotted bolus is used; NEVER_H = no flow."""
    daily_nl = programme.most[96] * programme.stroke_pl // 1000
    most_boluses_nl = 0
    for profile in programme.profiles:
        most_boluses_nl = max(most_boluses_nl, profile.nl * profile.count_per_24h)
    daily_nl += most_boluses_nl
    if daily_nl == 0:
        return NEVER_H
    return max(0, left_nl - low_nl) * 24 // daily_nl
