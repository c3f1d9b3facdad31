"""The active prescription and a new one, side by side."""

from dataclasses import asdict
from typing import NamedTuple

from thecal.prescribing.record import LOOKS, Prescription, show_field

NOTHING = "-"
_BOLUS_DETAIL = ("bolus_duration_s", "bolus_lockout_s", "bolus_count_per_24h")


class Row(NamedTuple):
    """One field: its record name, its label, the value active now, the new one.

    `change` is "", "changed", "new" or, for amounts, such as "+25 %".
    """

    field: str
    label: str
    active: str
    new: str
    change: str


def compare(active: Prescription | None, new: Prescription) -> list[Row]:
    """Return one row per field in the order of the file; `active` None = nothing active yet."""
    old_values = asdict(active) if active else {}
    rows: list[Row] = []
    for name, value in asdict(new).items():
        old = old_values.get(name)
        rows.append(
            Row(
                name,
                LOOKS[name].label,
                _show(name, active),
                _show(name, new),
                _change(old, value),
            )
        )
    return rows


def _show(name: str, prescription: Prescription | None) -> str:
    if prescription is None:
        return NOTHING
    if not prescription.bolus_ng and name in _BOLUS_DETAIL:
        return NOTHING
    if not prescription.bolus_ng and name == "bolus_ng":
        return "none"
    return show_field(name, getattr(prescription, name))


def _change(old: int | str | None, new: int | str) -> str:
    if old is None:
        return "new"
    if old == new:
        return ""
    if isinstance(old, int) and isinstance(new, int) and old and new:
        percent = round(100 * (new - old) / old, 1)
        if percent:
            return f"{percent:+,.7g} %"
    return "changed"
