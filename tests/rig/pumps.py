"""Prescriptions, the decoded log and the command line, for tests on a rig."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from thecal.archive.reader import read_history
from thecal.device.client import PumpClient
from thecal_wire import prescription

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "morphine.toml"
HOUR_S = 3600

# As in docs/examples/morphine.toml, in the units of the wire: one step, one profile.
_HEAD: dict[str, Any] = {
    "version": prescription.VERSION, "flags": 0, "device_serial": b"TV000001",
    "drug": b"morphine", "concentration_ug_per_ml": 10_000, "minimum_ng_per_day": 600_000,
    "periodic_ng": 0, "periodic_duration_s": 0, "periodic_interval_s": 0, "limit_1h_ng": 0,
    "limit_4h_ng": 0, "limit_24h_ng": 2_750_000, "catheter_mm": 400, "catheter_nl_per_cm": 2_200,
    "internal_nl": 100_000, "reservoir_low_nl": 2_000_000, "pause_reminder_min": 60,
}
_ENTRY: dict[str, Any] = {
    "basal_ng_per_day": 2_400_000, "bolus_ng": 100_000, "bolus_duration_s": 300,
    "bolus_lockout_s": 4 * HOUR_S, "bolus_count_per_24h": 4,
}


def record(steps: list[tuple[int, int, int]] | None = None,
           profiles: list[tuple[int, int, int, int, int]] | None = None, **changed: Any) -> bytes:
    """The example prescription as a record, with some fields changed; `bolus_ng` 0 = no bolus."""
    fields = _HEAD | _ENTRY | changed
    fields["minimum_ng_per_day"] = min(fields["minimum_ng_per_day"], fields["basal_ng_per_day"])
    if steps is None:
        steps = [(prescription.EVERY_DAY, 0, fields["basal_ng_per_day"])]
    if profiles is None and fields["bolus_ng"]:
        profiles = [(0, *(fields[name] for name in (
            "bolus_ng", "bolus_duration_s", "bolus_lockout_s", "bolus_count_per_24h")))]
    head = tuple(fields[name] for name in prescription.HEAD_FIELDS)
    return prescription.pack(head, steps, profiles or [])


def fast(**changed: Any) -> bytes:
    """A prescription that makes a stroke every 15 s and boluses of one minute; limited per hour."""
    quick: dict[str, Any] = {
        "basal_ng_per_day": 14_400_000, "bolus_duration_s": 60, "bolus_lockout_s": 600,
        "bolus_count_per_24h": 20, "limit_1h_ng": 2_000_000, "limit_24h_ng": 40_000_000,
    }
    return record(**(quick | changed))


def log(client: PumpClient, kind: str | None = None) -> list[dict[str, Any]]:
    """All decoded records of a pump, or those of one type."""
    history = read_history(client)
    assert not history.gaps
    return [r for r in history.decoded() if kind is None or r["type"] == kind]


def results(client: PumpClient) -> list[str]:
    """What each press came to."""
    return [r["result"] for r in log(client, "press")]


def begun(client: PumpClient) -> list[str]:
    """The alarms that began, in order."""
    return [r["code"] for r in log(client, "alarm_begin")]


def thecal(*arguments: str, timeout_s: float = 60) -> "subprocess.CompletedProcess[str]":
    """Run the command line as a person would."""
    command = Path(sys.executable).with_name("thecal")
    return subprocess.run([str(command), *arguments], capture_output=True, text=True,
                          timeout=timeout_s, cwd=ROOT, check=False)
