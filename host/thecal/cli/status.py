"""`thecal status`: what a pump is doing, and what it needs."""

import time
from dataclasses import asdict
from typing import Any

import click

from thecal import units, wire
from thecal.cli.common import Pump, connected, json_option, port_option, print_facts, print_json
from thecal.device.answers import Hello, Status
from thecal.errors import ExitCode
from thecal.prescribing.record import Prescription
from thecal.units import DOSE, DOSE_RATE, FLOW, STROKE_VOLUME, VOLUME, show, show_countdown
from thecal_wire import codes


@click.command()
@port_option
@json_option
def status(port: str | None, as_json: bool) -> int:
    """Show what a pump is doing; exit 1 if it is in fault."""
    with connected(port) as pump:
        state, prescription = _read(pump)
    if as_json:
        print_json(_as_json(pump, state, prescription))
    else:
        print_facts(_rows(pump.hello, state, prescription, time.time()))
        for alarm in state.active_alarms:
            click.secho(f"ALARM {alarm.name} ({alarm.priority}): {alarm.action}", bold=True)
    return ExitCode.DEVICE if state.in_fault else ExitCode.DONE


def _read(pump: Pump) -> tuple[Status, Prescription | None]:
    record = pump.client.active().record
    return pump.client.status(), Prescription.from_bytes(record) if record else None


def dose_rate_ng_per_day(state: Status, prescription: Prescription | None) -> int | None:
    """Drug per day at the rate of this moment, None if no prescription tells the concentration."""
    if prescription is None:
        return None
    return round(state.rate_nl_per_h * 24 * prescription.concentration_ug_per_ml / 1000)


def _as_json(pump: Pump, state: Status, prescription: Prescription | None) -> dict[str, Any]:
    return {
        "port": pump.port,
        "pump": asdict(pump.hello),
        "status": state.as_json() | {"rate_ng_per_day": dose_rate_ng_per_day(state, prescription)},
        "prescription": asdict(prescription) if prescription else None,
    }


def _rows(
    hello: Hello, state: Status, prescription: Prescription | None, now_s: float
) -> list[tuple[str, str]]:
    rows = [
        ("pump", f"{hello.serial or 'no serial yet'}, firmware {hello.version} {hello.build}"),
        ("mode", state.mode_name + (" - IN FAULT" if state.in_fault else "")),
        ("rate", _rate(state, prescription)),
    ]
    if state.mode == codes.BOLUS:
        rows.append(("bolus", f"{show_countdown(state.bolus_left_s)} left"))
    if prescription is None:
        rows.append(("prescription", "none; send one: thecal prescribe FILE"))
    else:
        rows += _doses(state, prescription)
    stroke = show(state.stroke_pl, STROKE_VOLUME) if state.stroke_pl else "not calibrated"
    return [
        *rows,
        ("reservoir", show(state.reservoir_nl // 1000 * 1000, VOLUME)),
        ("stroke", stroke),
        ("pump time", f"{show_countdown(state.mono_s)} (boot {state.boot}, last {_cause(state)})"),
        ("wall clock", _clock(state, now_s)),
        ("link", f"{state.frames_dropped} frames dropped" if state.frames_dropped else "clean"),
    ]


def _rate(state: Status, prescription: Prescription | None) -> str:
    flow = show(state.rate_nl_per_h, FLOW)
    dose = dose_rate_ng_per_day(state, prescription)
    if prescription is None or dose is None:
        return flow
    return f"{flow} = {units.show_rounded(dose, DOSE_RATE, 3)} of {prescription.drug}"


def _doses(state: Status, prescription: Prescription) -> list[tuple[str, str]]:
    given = show(-(-state.dose_in_window_ng // 1000) * 1000, DOSE)  # up to a whole ug
    limit = show(state.dose_limit_ng, DOSE)
    window = show(prescription.dose_window_s, units.DURATION)
    rows = [("dose", f"{given} of at most {limit} in {window}")]
    if prescription.bolus_ng:
        if state.mode == codes.BOLUS:
            lockout = "starts when the bolus ends"
        elif state.lockout_left_s:
            lockout = show_countdown(state.lockout_left_s) + " left"
        else:
            lockout = "over"
        used = f"{state.granted_24h} of {prescription.bolus_count_per_24h} in 24 h"
        rows += [("boluses", used), ("lockout", lockout)]
    return rows


def _cause(state: Status) -> str:
    return f"start: {wire.name_of(codes.RESETS, state.reset_cause)}"


def _clock(state: Status, now_s: float) -> str:
    if state.wall is None:
        return "not set"
    ahead_s = state.wall_s - round(now_s)
    if not ahead_s:
        return f"{state.wall}, as this computer"
    where = "ahead of" if ahead_s > 0 else "behind"
    return f"{state.wall}, {show_countdown(abs(ahead_s))} {where} this computer"
