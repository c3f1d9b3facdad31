"""`thecal alarms`: the active alarms and what to do; `thecal alarms acknowledge`."""

from dataclasses import asdict

import click
from rich.table import Table

from thecal.cli.common import OUT, connected, json_option, port_option, print_json
from thecal.device.answers import Alarm
from thecal.errors import ExitCode
from thecal.units import show_countdown


@click.group(invoke_without_command=True)
@port_option
@json_option
@click.pass_context
def alarms(context: click.Context, port: str | None, as_json: bool) -> int | None:
    """Show the active alarms, the most urgent first; exit 1 if one waits for a clinician."""
    if context.invoked_subcommand is not None:
        context.obj = (port, as_json)
        return None
    with connected(port) as pump:
        found = pump.client.alarms()
    _show(pump.hello.serial, found, as_json)
    return ExitCode.DEVICE if any(alarm.latched for alarm in found) else ExitCode.DONE


@alarms.command()
@port_option
@json_option
@click.pass_context
def acknowledge(context: click.Context, port: str | None, as_json: bool) -> None:
    """End the latched alarms; therapy stays as it is.

    An alarm whose cause goes on comes back.
    """
    outer_port, outer_json = context.obj
    with connected(port or outer_port) as pump:
        before = [alarm.name for alarm in pump.client.alarms() if alarm.latched]
        pump.client.acknowledge()
        found = pump.client.alarms()
    if not (as_json or outer_json):
        ended = ", ".join(before) or "none was latched"
        click.echo(f"Acknowledged on pump {pump.hello.serial}: {ended}.")
    _show(pump.hello.serial, found, as_json or outer_json)


def _show(serial: str, found: list[Alarm], as_json: bool) -> None:
    if as_json:
        print_json({"serial": serial, "alarms": [asdict(alarm) for alarm in found]})
        return
    if not found:
        click.echo(f"Pump {serial} has no active alarm.")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("alarm", "priority", "for", "", "what to do"):
        table.add_column(column, overflow="fold")
    for alarm in found:
        lasted = show_countdown(alarm.lasted_s or 0)
        latched = "latched" if alarm.latched else ""
        table.add_row(alarm.name, alarm.priority, lasted, latched, alarm.action)
    OUT.print(table)
