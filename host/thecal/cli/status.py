"""`thecal status`: what a pump is doing, and what it needs."""

import time
from dataclasses import asdict
from typing import Any, NamedTuple

import click

from thecal.cli import status_rows as rows
from thecal.cli.common import Pump, connected, json_option, port_option, print_facts, print_json
from thecal.device.answers import Status, Therapy
from thecal.errors import DeviceRefused, ExitCode
from thecal.prescribing.record import Prescription
from thecal_wire import codes


class Seen(NamedTuple):
    """What was read; without a prescription there is no therapy to tell of."""

    status: Status
    prescription: Prescription | None
    therapy: Therapy | None


@click.command()
@port_option
@json_option
def status(port: str | None, as_json: bool) -> int:
    """Show what a pump is doing; exit 1 if it is in fault."""
    with connected(port) as pump:
        seen = _read(pump)
    state = seen.status
    if as_json:
        print_json(_as_json(pump, seen, time.time()))
    else:
        print_facts(rows.rows(pump.hello, *seen, time.time()))
        for alarm in state.active_alarms:
            click.secho(f"ALARM {alarm.name} ({alarm.priority}): {alarm.action}", bold=True)
    return ExitCode.DEVICE if state.in_fault else ExitCode.DONE


def _read(pump: Pump) -> Seen:
    record = pump.client.active().record
    if record is None:
        return Seen(pump.client.status(), None, None)
    try:
        therapy = pump.client.therapy()
    except DeviceRefused as refused:
        # The prescription went out of force between two questions.
        if refused.code != codes.NO_PRESCRIPTION:
            raise
        therapy = None
    return Seen(pump.client.status(), Prescription.from_bytes(record), therapy)


def _as_json(pump: Pump, seen: Seen, now_s: float) -> dict[str, Any]:
    status, prescription, therapy = seen
    rate = rows.dose_rate_ng_per_day(status, prescription)
    told: dict[str, Any] | None = None
    if therapy is not None:
        told = asdict(therapy) | {"refill_by": rows.refill_by(therapy, now_s)}
    return {
        "port": pump.port,
        "pump": asdict(pump.hello),
        "status": status.as_json() | {"rate_ng_per_day": rate},
        "therapy": told,
        "prescription": asdict(prescription) if prescription else None,
    }
