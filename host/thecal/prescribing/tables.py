"""The shape of a prescription file: its tables, their keys, and what stands for one left out."""

from typing import Any, NamedTuple

from thecal.prescribing.looks import LOOKS
from thecal.prescribing.record import LOW_DEFAULT_NL, PAUSE_DEFAULT_MIN
from thecal_wire import prescription as layout

STEPS, PROFILES = "steps", "profiles"


class Key(NamedTuple):
    """A key of a table: the field it fills, its value if left out (None: it may not be)."""

    key: str
    field: str
    default: int | None = None


class Entries(NamedTuple):
    """A table that may be one entry itself, or hold several in a list of tables."""

    table: str
    several: str
    keys: tuple[Key, ...]
    alone: tuple[str, ...]  # keys of a single entry, which stand in the table itself
    fixed: dict[str, int]  # what a single entry need not say


def _key(field: str, default: int | None = None) -> Key:
    return Key(LOOKS[field].place.rsplit(".", 1)[1], field, default)


TABLES: dict[str, tuple[Key, ...]] = {
    "device": (_key("device_serial"),),
    "drug": (_key("drug"), _key("concentration_ug_per_ml")),
    "basal": (_key("minimum_ng_per_day", 0),),
    "periodic_bolus": (
        _key("periodic_ng"),
        _key("periodic_duration_s"),
        _key("periodic_interval_s"),
    ),
    "patient_bolus": (),
    "limits": (_key("limit_1h_ng", 0), _key("limit_4h_ng", 0), _key("limit_24h_ng")),
    "catheter": (_key("catheter_mm"), _key("catheter_nl_per_cm"), _key("internal_nl")),
    "reservoir": (_key("reservoir_low_nl", LOW_DEFAULT_NL),),
    "reminder": (_key("pause_reminder_min", PAUSE_DEFAULT_MIN),),
}

ENTRIES = {
    STEPS: Entries(
        "basal",
        STEPS,
        (
            _key("step_weekdays", layout.EVERY_DAY),
            _key("step_start_quarter"),
            _key("basal_ng_per_day"),
        ),
        ("rate",),
        {"step_weekdays": layout.EVERY_DAY, "step_start_quarter": 0},
    ),
    PROFILES: Entries(
        "patient_bolus",
        PROFILES,
        (
            _key("profile_start_quarter"),
            _key("bolus_ng"),
            _key("bolus_duration_s"),
            _key("bolus_lockout_s"),
            _key("bolus_count_per_24h"),
        ),
        ("dose", "duration", "lockout", "count_per_24h"),
        {"profile_start_quarter": 0},
    ),
}

# What stands for a table that is left out; one that is not here may not be.
WITHOUT: dict[str, dict[str, Any]] = {
    "periodic_bolus": {
        "periodic_ng": 0,
        "periodic_duration_s": 0,
        "periodic_interval_s": 0,
    },
    "patient_bolus": {PROFILES: []},
    "catheter": {"catheter_mm": 0, "catheter_nl_per_cm": 0, "internal_nl": 0},
    "reservoir": {"reservoir_low_nl": LOW_DEFAULT_NL},
    "reminder": {"pause_reminder_min": PAUSE_DEFAULT_MIN},
}


def entries_of(table: str) -> Entries | None:
    """Return how a table holds entries, None if it holds none."""
    return next((entries for entries in ENTRIES.values() if entries.table == table), None)
