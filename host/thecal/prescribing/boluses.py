"""Rules of boluses and limits.

They use the largest stroke that a pump may have, so that what passes here
passes on every pump.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from thecal.errors import Problem
from thecal.prescribing.flows import FLOW_NL_PER_H
from thecal.prescribing.looks import place_of, show_field
from thecal.prescribing.record import Prescription
from thecal.prescribing.ruleset import PERIODIC, PROGRAMME, Rule, Rules, needs, out_of_range
from thecal.prescribing.volumes import STROKE_MAX_PL, flow_nl_per_h, least_limit_ng, volume_nl
from thecal.units import DOSE, DURATION, FLOW, show

BOLUS_STROKES_MIN = 20
BOLUS_MIN_NL = BOLUS_STROKES_MIN * STROKE_MAX_PL // 1000
BOLUS_DURATION_S = (60, 6 * 3600)
INTERVAL_S = (900, 86_400)
WINDOWS = (("limit_1h_ng", 3_600), ("limit_4h_ng", 14_400), ("limit_24h_ng", 86_400))

RULES: Rules = []


def fastest_nl_per_h(p: Prescription) -> Fraction:
    """The highest rate without requests: the highest step and the periodic bolus."""
    highest = max(step.basal_ng_per_day for step in p.steps)
    fastest = flow_nl_per_h(highest, p.concentration_ug_per_ml)
    if p.periodic_ng:
        bolus_nl = volume_nl(p.periodic_ng, p.concentration_ug_per_ml)
        fastest += bolus_nl * 3600 / p.periodic_duration_s
    return fastest


@needs(RULES, *PERIODIC)
def _periodic(p: Prescription) -> Iterator[Problem]:
    if not p.periodic_ng:
        if p.periodic_duration_s or p.periodic_interval_s:
            text = "0 mg is no bolus; remove the table [periodic_bolus]"
            yield Problem(place_of("periodic_ng"), text)
        return
    yield from out_of_range("periodic_interval_s", p.periodic_interval_s, INTERVAL_S)
    longest = min(BOLUS_DURATION_S[1], max(p.periodic_interval_s - 1, BOLUS_DURATION_S[0]))
    limits = (BOLUS_DURATION_S[0], longest)
    yield from out_of_range("periodic_duration_s", p.periodic_duration_s, limits)


@needs(RULES, *PROGRAMME)
def _periodic_flow(p: Prescription) -> Iterator[Problem]:
    if p.periodic_ng and p.periodic_duration_s:
        highest = max(step.basal_ng_per_day for step in p.steps)
        beside = flow_nl_per_h(highest, p.concentration_ug_per_ml)
        places = (place_of("periodic_ng"), place_of("periodic_duration_s"))
        yield from _bolus(places, p.periodic_ng, p.periodic_duration_s, beside, p)


@needs(RULES, "profiles", *PROGRAMME)
def _patient_boluses(p: Prescription) -> Iterator[Problem]:
    if p.periodic_ng and not p.periodic_duration_s:
        return
    beside = fastest_nl_per_h(p)
    for number, profile in enumerate(p.profiles):
        dose, duration = (
            place_of(name, number, alone=p.has_one_profile)
            for name in ("bolus_ng", "bolus_duration_s")
        )
        if not profile.bolus_ng:
            text = "0 mg is no bolus; remove the profile, or the table [patient_bolus]"
            yield Problem(dose, text)
            continue
        places = (dose, duration)
        yield from _bolus(places, profile.bolus_ng, profile.bolus_duration_s, beside, p)


def _bolus(
    places: tuple[str, str], bolus: int, duration: int, beside: Fraction, p: Prescription
) -> Iterator[Problem]:
    """A bolus is large enough to be counted, and with all beside it not too fast."""
    concentration = p.concentration_ug_per_ml
    volume = volume_nl(bolus, concentration)
    if volume < BOLUS_MIN_NL:
        weaker = bolus * 1000 // BOLUS_MIN_NL
        advice = (
            f"choose a concentration of {show_field('concentration_ug_per_ml', weaker)} or less"
            if weaker
            else "choose a larger dose: no concentration is low enough"
        )
        yield Problem(
            places[0],
            f"{show(bolus, DOSE)} is less than {BOLUS_STROKES_MIN} strokes at "
            f"{show_field('concentration_ug_per_ml', concentration)}; {advice}",
        )
    left = FLOW_NL_PER_H[1] - beside
    if left <= 0:  # said of the basal rate or the periodic bolus already
        return
    if volume * 3600 / duration > left:
        longer = ceil(volume * 3600 / left)
        advice = (
            f"choose {show(longer, DURATION)} or more"
            if longer <= BOLUS_DURATION_S[1]
            else "choose a smaller dose"
        )
        yield Problem(
            places[1],
            f"{show(duration, DURATION)} makes basal and bolus flow more than "
            f"{show(FLOW_NL_PER_H[1], FLOW)}; {advice}",
        )


def _limit(name: str, window_s: int) -> Rule:
    def rule(p: Prescription) -> Iterator[Problem]:
        limit = getattr(p, name)
        if not limit or (p.periodic_ng and not p.periodic_interval_s):
            return
        largest = max((profile.bolus_ng for profile in p.profiles), default=0)
        if largest > limit:
            text = (
                f"{show(limit, DOSE)} is less than a bolus of {show(largest, DOSE)}; "
                "raise the limit or lower the bolus"
            )
            yield Problem(place_of(name), text)
            return
        least = least_limit_ng(p, window_s)
        if limit < least:
            given = "the programme and one bolus need" if p.profiles else "the programme needs"
            yield Problem(
                place_of(name),
                f"{show(limit, DOSE)} is too little: {given} up to {show(least, DOSE)} in "
                f"{show(window_s, DURATION)} and 15 min; choose that or more, or a lower rate",
            )

    return rule


for _name, _window_s in WINDOWS:
    needs(RULES, _name, "profiles", *PROGRAMME)(_limit(_name, _window_s))
