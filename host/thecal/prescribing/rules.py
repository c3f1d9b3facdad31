"""The host's own rules for a prescription: a courtesy, the pump has its own.

They use the largest stroke a pump may have, so that what passes here passes on
every pump. A rule runs when all fields it needs could be read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from fractions import Fraction
from math import ceil, floor

from thecal.errors import Problem
from thecal.prescribing.record import (
    DRUG_MAX_CHARS,
    LOOKS,
    SERIAL_MAX_CHARS,
    Prescription,
    show_field,
)
from thecal.units import DOSE, DURATION, FLOW, show

CONCENTRATION_UG_PER_ML = (1, 50_000)
FLOW_NL_PER_H = (2_000, 1_000_000)  # 0.048 to 24 mL/day
BOLUS_STROKES_MIN = 20
STROKE_MAX_PL = 290_000
BOLUS_MIN_NL = BOLUS_STROKES_MIN * STROKE_MAX_PL // 1000
BOLUS_DURATION_S = (60, 6 * 3600)
LOCKOUT_S = (60, 24 * 3600)
COUNT_PER_24H = (1, 24)
WINDOW_S = (3600, 24 * 3600)
QUARTER_HOUR_S = 900  # the pump forgets a dose by whole quarter hours
DAY_S = 86_400

# Arguments are the fields named by @_needs, in that order.
Rule = Callable[..., Iterator[Problem]]
_RULES: list[tuple[tuple[str, ...], Rule]] = []


def check(prescription: Prescription) -> list[Problem]:
    """Return every rule that `prescription` breaks, an empty list if none."""
    return check_fields(asdict(prescription))


def check_fields(values: Mapping[str, int | str]) -> list[Problem]:
    """As `check`, for a prescription of which some fields could not be read."""
    problems: list[Problem] = []
    for needs, rule in _RULES:
        if all(name in values for name in needs):
            problems += rule(*(values[name] for name in needs))
    return problems


def flow_nl_per_h(dose_ng_per_day: int, concentration_ug_per_ml: int) -> Fraction:
    """Flow that gives a dose per day (1 ug/mL = 1 ng/uL)."""
    return Fraction(dose_ng_per_day * 1000, concentration_ug_per_ml * 24)


def volume_nl(dose_ng: int, concentration_ug_per_ml: int) -> Fraction:
    """Volume that holds a dose."""
    return Fraction(dose_ng * 1000, concentration_ug_per_ml)


def _needs(*names: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        _RULES.append((names, rule))
        return rule

    return register


def _problem(name: str, text: str) -> Problem:
    return Problem(LOOKS[name].place, text)


def _range(name: str, value: int, limits: tuple[int, int]) -> Iterator[Problem]:
    low, high = limits
    if not low <= value <= high:
        between = f"{show_field(name, low)} to {show_field(name, high)}"
        yield _problem(name, f"{show_field(name, value)} is out of range; choose {between}")


def _text(name: str, value: str, most: int) -> Iterator[Problem]:
    if not 1 <= len(value) <= most or not value.isascii() or not value.isprintable():
        yield _problem(name, f'"{value}" does not fit; write 1 to {most} ASCII characters')


@_needs("device_serial")
def _serial(serial: str) -> Iterator[Problem]:
    yield from _text("device_serial", serial, SERIAL_MAX_CHARS)


@_needs("drug")
def _drug(drug: str) -> Iterator[Problem]:
    yield from _text("drug", drug, DRUG_MAX_CHARS)


@_needs("concentration_ug_per_ml")
def _concentration(concentration: int) -> Iterator[Problem]:
    yield from _range("concentration_ug_per_ml", concentration, CONCENTRATION_UG_PER_ML)


@_needs("basal_ng_per_day", "concentration_ug_per_ml")
def _basal_flow(basal: int, concentration: int) -> Iterator[Problem]:
    if not basal or not concentration:
        return
    low, high = FLOW_NL_PER_H
    flow = flow_nl_per_h(basal, concentration)
    if not low <= flow <= high:
        least = ceil(Fraction(low * 24 * concentration, 1000))
        most = high * 24 * concentration // 1000
        yield _problem(
            "basal_ng_per_day",
            f"{show_field('basal_ng_per_day', basal)} is {show(round(flow), FLOW)} at "
            f"{show_field('concentration_ug_per_ml', concentration)}, and a pump delivers "
            f"{show(low, FLOW)} to {show(high, FLOW)}; choose "
            f"{show_field('basal_ng_per_day', least)} to {show_field('basal_ng_per_day', most)}, "
            "or another concentration",
        )


@_needs("bolus_ng", "concentration_ug_per_ml")
def _bolus_volume(bolus: int, concentration: int) -> Iterator[Problem]:
    if not bolus or not concentration:
        return
    if volume_nl(bolus, concentration) < BOLUS_MIN_NL:
        weaker = bolus * 1000 // BOLUS_MIN_NL
        advice = (
            f"choose a concentration of {show_field('concentration_ug_per_ml', weaker)} or less"
            if weaker
            else "choose a larger dose: no concentration is low enough"
        )
        yield _problem(
            "bolus_ng",
            f"{show_field('bolus_ng', bolus)} is less than {BOLUS_STROKES_MIN} strokes at "
            f"{show_field('concentration_ug_per_ml', concentration)}; {advice}",
        )


@_needs("bolus_ng", "bolus_duration_s", "bolus_lockout_s", "bolus_count_per_24h")
def _no_bolus(bolus: int, duration: int, lockout: int, count: int) -> Iterator[Problem]:
    if not bolus and (duration or lockout or count):
        yield _problem("bolus_ng", "0 mg is no bolus; remove the table [patient_bolus]")


@_needs("bolus_ng", "bolus_duration_s")
def _duration(bolus: int, duration: int) -> Iterator[Problem]:
    if bolus:
        yield from _range("bolus_duration_s", duration, BOLUS_DURATION_S)


@_needs("bolus_ng", "bolus_lockout_s")
def _lockout(bolus: int, lockout: int) -> Iterator[Problem]:
    if bolus:
        yield from _range("bolus_lockout_s", lockout, LOCKOUT_S)


@_needs("bolus_ng", "bolus_count_per_24h")
def _count(bolus: int, count: int) -> Iterator[Problem]:
    if bolus:
        yield from _range("bolus_count_per_24h", count, COUNT_PER_24H)


@_needs("bolus_ng", "bolus_duration_s", "basal_ng_per_day", "concentration_ug_per_ml")
def _bolus_flow(bolus: int, duration: int, basal: int, concentration: int) -> Iterator[Problem]:
    if not bolus or not concentration or not duration:
        return
    left = FLOW_NL_PER_H[1] - flow_nl_per_h(basal, concentration)
    if left <= 0:  # said of the basal rate already
        return
    hourly_nl = volume_nl(bolus, concentration) * 3600
    if hourly_nl / duration > left:
        longer = ceil(hourly_nl / left)
        yield _problem(
            "bolus_duration_s",
            f"{show(duration, DURATION)} makes basal and bolus flow more than "
            f"{show(FLOW_NL_PER_H[1], FLOW)}; choose {show(longer, DURATION)} or more",
        )


@_needs("dose_window_s")
def _window(window: int) -> Iterator[Problem]:
    yield from _range("dose_window_s", window, WINDOW_S)


@_needs("dose_limit_ng", "dose_window_s", "basal_ng_per_day", "bolus_ng")
def _limit(limit: int, window: int, basal: int, bolus: int) -> Iterator[Problem]:
    if bolus > limit:
        yield _problem(
            "bolus_ng",
            f"{show(bolus, DOSE)} is more than the dose limit of {show(limit, DOSE)}; "
            "lower the bolus or raise limits.dose",
        )
        return
    basal_ng = Fraction(basal * (window + QUARTER_HOUR_S), DAY_S)
    if limit <= basal_ng or limit < basal_ng + bolus:
        least = max(floor(basal_ng) + 1, ceil(basal_ng + bolus))
        given = "basal rate and one bolus give" if bolus else "the basal rate alone gives"
        yield _problem(
            "dose_limit_ng",
            f"{show(limit, DOSE)} is too little: {given} {show(ceil(basal_ng + bolus), DOSE)} "
            f"in {show(window, DURATION)} and 15 min; choose {show(least, DOSE)} or more, "
            "or a lower rate",
        )
