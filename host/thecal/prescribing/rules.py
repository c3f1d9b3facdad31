"""The host's own rules for a prescription: a courtesy, the pump has its own.

First each field by itself, then fields together (flows.py, boluses.py). A rule of several
fields runs only when all of them could be read and are in range by themselves,
so that one mistake is told once.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from thecal.errors import Problem
from thecal.prescribing.boluses import RULES as BOLUS_RULES
from thecal.prescribing.flows import RULES as FLOW_RULES
from thecal.prescribing.looks import LOOKS, place_of, show_amount, show_field
from thecal.prescribing.record import (
    DRUG_MAX_CHARS,
    SERIAL_MAX_CHARS,
    Prescription,
    Profile,
    Step,
)
from thecal_wire import prescription as layout

_U32_MAX = 0xFFFF_FFFF

# As the pump has them. What is not here has no range of its own.
RANGES = {
    "concentration_ug_per_ml": (1, 50_000),
    "step_weekdays": (1, layout.EVERY_DAY),
    "step_start_quarter": (0, layout.QUARTERS_PER_DAY - 1),
    "profile_start_quarter": (0, layout.QUARTERS_PER_DAY - 1),
    "bolus_duration_s": (60, 6 * 3600),
    "bolus_lockout_s": (60, 24 * 3600),
    "bolus_count_per_24h": (1, 24),
    "catheter_mm": (0, 1_500),
    "internal_nl": (0, 500_000),
    "reservoir_low_nl": (1_000_000, 10_000_000),
    "pause_reminder_min": (5, 1_440),
    "limit_24h_ng": (1, _U32_MAX),
}
_TEXTS = {"device_serial": SERIAL_MAX_CHARS, "drug": DRUG_MAX_CHARS}
_ENTRIES = {"steps": (Step, layout.STEPS_MAX), "profiles": (Profile, layout.PROFILES_MAX)}
_UNKNOWN: dict[str, Any] = {
    field.name: "" if field.name in _TEXTS else () if field.name in _ENTRIES else 0
    for field in fields(Prescription)
}


def check(prescription: Prescription) -> list[Problem]:
    """Return every rule that `prescription` breaks, an empty list if none."""
    return check_fields(asdict(prescription))


def check_fields(values: Mapping[str, Any]) -> list[Problem]:
    """As `check`, for a prescription of which some fields could not be read.

    `steps` and `profiles` are sequences of mappings; what could not be read is
    left out of them, as it is of `values`.
    """
    problems: list[Problem] = []
    usable: dict[str, Any] = {}
    for name, value in values.items():
        found = _entries(name, value) if name in _ENTRIES else _alone(name, value)
        problems += found
        if not found:
            usable[name] = value
    for name, (kind, _most) in _ENTRIES.items():
        if name in usable and all(len(entry) == len(fields(kind)) for entry in usable[name]):
            usable[name] = tuple(kind(**entry) for entry in usable[name])
        else:
            usable.pop(name, None)
    draft = Prescription(**{**_UNKNOWN, **usable})
    for needs, rule in (*FLOW_RULES, *BOLUS_RULES):
        if all(name in usable for name in needs):
            problems += rule(draft)
    return problems


def stands_alone(name: str, entries: Any) -> bool:
    """True if the only entry of `steps` or `profiles` can be written without being one of them."""
    if len(entries) != 1:
        return False
    if name == "profiles":
        return entries[0].get("profile_start_quarter", 0) == 0
    days = entries[0].get("step_weekdays", layout.EVERY_DAY)
    return days == layout.EVERY_DAY and entries[0].get("step_start_quarter", 0) == 0


def _entries(name: str, entries: Any) -> list[Problem]:
    most = _ENTRIES[name][1]
    if len(entries) > most:
        text = f"{len(entries)} are too many; the pump takes {most}"
        return [Problem(LOOKS[name].place, text)]
    if name == "steps" and not entries:
        return [Problem(LOOKS[name].place, "is empty; write one step at least")]
    alone = stands_alone(name, entries)
    problems: list[Problem] = []
    for number, entry in enumerate(entries):
        for field, value in entry.items():
            place = place_of(field, number, alone=alone)
            problems += [Problem(place, p.text) for p in _alone(field, value)]
    return problems


def _alone(name: str, value: int | str) -> list[Problem]:
    """What is wrong with one field by itself."""
    if isinstance(value, str):
        most = _TEXTS[name]
        if 1 <= len(value) <= most and value.isascii() and value.isprintable():
            return []
        text = f'"{value}" does not fit; write 1 to {most} ASCII characters'
        return [Problem(LOOKS[name].place, text)]
    low, high = RANGES.get(name, (0, _U32_MAX))
    if low <= value <= high:
        return []
    shown = show_amount(name, value)
    if high == _U32_MAX:
        return [Problem(LOOKS[name].place, f"{shown} is too little; choose a dose above 0")]
    between = f"{show_amount(name, low)} to {show_field(name, high)}"
    return [Problem(LOOKS[name].place, f"{shown} is out of range; choose {between}")]
