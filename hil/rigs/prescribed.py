"""Prescriptions for pumps on a rig, with every field that nobody cares about filled in."""

from collections.abc import Sequence
from typing import Any

from hil.rigs import factory
from thecal_wire import prescription

Step = tuple[int, int, int]
Profile = tuple[int, int, int, int, int]

# 1,000 ug/mL, so that ng are nL; a limit that nothing in a day of 24 mL reaches.
PLAIN: dict[str, Any] = dict.fromkeys(prescription.HEAD_FIELDS, 0) | {
    "version": prescription.VERSION, "device_serial": factory.SERIAL.encode(),
    "drug": b"morphine", "concentration_ug_per_ml": 1_000, "limit_24h_ng": 50_000_000,
    "reservoir_low_nl": 1_000_000, "pause_reminder_min": 60,
}


def record(steps: Sequence[Step], profiles: Sequence[Profile] = (), **head: Any) -> bytes:
    """The record with these steps and profiles (thecal_wire.prescription) and head fields."""
    fields = PLAIN | head
    return prescription.pack([fields[name] for name in prescription.HEAD_FIELDS],
                             list(steps), list(profiles))


def steady(nl_per_h: int, profiles: Sequence[Profile] = (), **head: Any) -> bytes:
    """One basal rate day and night; doses in ng are volumes in nL."""
    return record([(prescription.EVERY_DAY, 0, 24 * nl_per_h)], profiles, **head)
