"""`thecal ports`: which pumps can be reached."""

from dataclasses import asdict

import click
from rich.table import Table

from thecal.cli.common import OUT, json_option, print_json
from thecal.device.ports import find_pumps


@click.command()
@json_option
def ports(as_json: bool) -> None:
    """List the pumps that can be reached, virtual ones and on USB."""
    found = find_pumps()
    if as_json:
        print_json([asdict(pump) for pump in found])
        return
    if not found:
        click.echo("No pump found. Connect one, or start a virtual one: thecal virtual", err=True)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("port", "serial", "kind"):
        table.add_column(column)
    for pump in found:
        table.add_row(pump.port, pump.serial or "-", pump.kind)
    OUT.print(table)
