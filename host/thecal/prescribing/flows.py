"""Rules of flows: when steps and profiles start, what a pump can deliver, the catheter.

The pump has its own rules.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

from thecal.errors import Problem
from thecal.prescribing.looks import place_of, show_amount, show_field, show_quarter
from thecal.prescribing.record import Prescription
from thecal.prescribing.ruleset import Rules, needs, out_of_range
from thecal.prescribing.volumes import clashing, flow_nl_per_h
from thecal.units import FLOW, show

FLOW_NL_PER_H = (2_000, 1_000_000)  # 0.048 to 24 mL/day
CATHETER_NL_PER_CM = (500, 5_000)

RULES: Rules = []


@needs(RULES, "steps")
def _step_starts(p: Prescription) -> Iterator[Problem]:
    for number in clashing(p.steps):
        start = show_quarter(p.steps[number].step_start_quarter)
        text = f"another step starts at {start} on one of these days; give each its own start"
        yield Problem(place_of("step_start_quarter", number), text)


@needs(RULES, "profiles")
def _profile_starts(p: Prescription) -> Iterator[Problem]:
    starts = [profile.profile_start_quarter for profile in p.profiles]
    for number, start in enumerate(starts):
        if start in starts[:number]:
            text = f"another profile starts at {show_quarter(start)}; give each its own start"
            yield Problem(place_of("profile_start_quarter", number), text)


@needs(RULES, "steps", "concentration_ug_per_ml")
def _basal_flow(p: Prescription) -> Iterator[Problem]:
    for number, step in enumerate(p.steps):
        place = place_of("basal_ng_per_day", number, alone=p.is_continuous)
        if step.basal_ng_per_day:
            yield from _flow(place, step.basal_ng_per_day, p.concentration_ug_per_ml)


@needs(RULES, "minimum_ng_per_day", "steps", "concentration_ug_per_ml")
def _minimum(p: Prescription) -> Iterator[Problem]:
    place, minimum = place_of("minimum_ng_per_day"), p.minimum_ng_per_day
    lowest = min(step.basal_ng_per_day for step in p.steps)
    if minimum > lowest:
        yield Problem(
            place,
            f"{show_field('minimum_ng_per_day', minimum)} is more than the lowest step; choose "
            f"{show_amount('basal_ng_per_day', lowest)} or less, or leave it out",
        )
    elif minimum:
        yield from _flow(place, minimum, p.concentration_ug_per_ml)


def _flow(place: str, ng_per_day: int, concentration: int) -> Iterator[Problem]:
    low, high = FLOW_NL_PER_H
    flow = flow_nl_per_h(ng_per_day, concentration)
    if low <= flow <= high:
        return
    least = ceil(Fraction(low * 24 * concentration, 1000))
    most = high * 24 * concentration // 1000
    yield Problem(
        place,
        f"{show_field('basal_ng_per_day', ng_per_day)} is {show(round(flow), FLOW)} at "
        f"{show_field('concentration_ug_per_ml', concentration)}, and a pump delivers "
        f"{show(low, FLOW)} to {show(high, FLOW)}; choose "
        f"{show_field('basal_ng_per_day', least)} to {show_field('basal_ng_per_day', most)}, "
        "or another concentration",
    )


@needs(RULES, "catheter_mm", "catheter_nl_per_cm")
def _catheter(p: Prescription) -> Iterator[Problem]:
    if p.catheter_mm:
        yield from out_of_range("catheter_nl_per_cm", p.catheter_nl_per_cm, CATHETER_NL_PER_CM)
