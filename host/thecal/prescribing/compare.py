"""The active prescription and a new one, side by side: every setting, every step and profile.

Steps are matched by days and start, profiles by start, not by their place in
the file: a step that was put in between does not make the others look changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from thecal.prescribing.looks import LOOKS, NONE, show_days, show_field, show_quarter
from thecal.prescribing.record import Prescription, Profile

NOTHING = "-"
_GONE = "removed"
_HEAD = ("device_serial", "drug", "concentration_ug_per_ml")
_PERIODIC = ("periodic_ng", "periodic_duration_s", "periodic_interval_s")
_PROFILE = ("bolus_ng", "bolus_duration_s", "bolus_lockout_s", "bolus_count_per_24h")
_TAIL = (
    "limit_1h_ng",
    "limit_4h_ng",
    "limit_24h_ng",
    "catheter_mm",
    "catheter_nl_per_cm",
    "internal_nl",
    "reservoir_low_nl",
    "pause_reminder_min",
)


class Row(NamedTuple):
    """One setting: its field of the record, its label, the value active now, the new one.

    `field` of a step or profile ends in its start, as in
    "basal_ng_per_day[mon-fri 06:00]". `change` is "", "changed", "new",
    "removed" or, for amounts, such as "+25 %".
    """

    field: str
    label: str
    active: str
    new: str
    change: str


def compare(active: Prescription | None, new: Prescription) -> list[Row]:
    """Return one row per setting in the order of the file; `active` None = nothing active yet."""
    return [
        *_plain(_HEAD, active, new),
        *_steps(active, new),
        *_plain(("minimum_ng_per_day", *_PERIODIC), active, new),
        *_profiles(active, new),
        *_plain(_TAIL, active, new),
    ]


def _plain(
    names: Sequence[str], active: Prescription | None, new: Prescription
) -> Iterator[Row]:
    for name in names:
        old = None if active is None else getattr(active, name)
        yield _row(name, name, LOOKS[name].label, old, getattr(new, name), active is None)


def _steps(active: Prescription | None, new: Prescription) -> Iterator[Row]:
    old_rates = {} if active is None else _by_step(active)
    new_rates = _by_step(new)
    continuous = new.is_continuous and (active is None or active.is_continuous)
    name = "basal_ng_per_day"
    for key in _merged(new_rates, old_rates):
        label = LOOKS[name].label if continuous else f"basal {key}"
        field = name if continuous else f"{name}[{key}]"
        yield _row(name, field, label, old_rates.get(key), new_rates.get(key), active is None)


def _profiles(active: Prescription | None, new: Prescription) -> Iterator[Row]:
    old_profiles = {} if active is None else _by_start(active)
    new_profiles = _by_start(new)
    first = active is None
    if not new_profiles and not old_profiles:
        old = NOTHING if first else NONE
        yield Row("bolus_ng", LOOKS["bolus_ng"].label, old, NONE, "new" if first else "")
    whole_day = not (set(old_profiles) | set(new_profiles)) - {"00:00"}
    for key in _merged(new_profiles, old_profiles):
        for name in _PROFILE:
            old = getattr(old_profiles.get(key), name, None)
            value = getattr(new_profiles.get(key), name, None)
            label = LOOKS[name].label
            if not whole_day and name == "bolus_ng":
                label += f" {key}"
            field = name if whole_day else f"{name}[{key}]"
            yield _row(name, field, label, old, value, first)


def _by_step(p: Prescription) -> dict[str, int]:
    return {
        f"{show_days(step.step_weekdays)} {show_quarter(step.step_start_quarter)}": (
            step.basal_ng_per_day
        )
        for step in p.steps
    }


def _by_start(p: Prescription) -> dict[str, Profile]:
    return {show_quarter(profile.profile_start_quarter): profile for profile in p.profiles}


def _merged(new: Mapping[str, object], old: Mapping[str, object]) -> list[str]:
    """The keys of the new in their order, then those that are gone."""
    return [*new, *(key for key in old if key not in new)]


def _row(
    name: str, field: str, label: str, old: int | str | None, new: int | str | None, first: bool
) -> Row:
    return Row(field, label, _show(name, old), _show(name, new), _change(old, new, first))


def _show(name: str, value: int | str | None) -> str:
    return NOTHING if value is None else show_field(name, value)


def _change(old: int | str | None, new: int | str | None, first: bool) -> str:
    if old is None or first:
        return "new"
    if new is None:
        return _GONE
    if old == new:
        return ""
    if isinstance(old, int) and isinstance(new, int) and old and new:
        percent = round(100 * (new - old) / old, 1)
        if percent:
            return f"{percent:+,.7g} %"
    return "changed"
