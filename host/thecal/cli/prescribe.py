"""`thecal prescribe FILE`: compare, confirm, commit, read back."""

import click
from rich.table import Table

from thecal.cli.common import (
    ERR,
    Pump,
    connected,
    json_option,
    needs_yes,
    port_option,
    print_json,
    yes_option,
)
from thecal.device.answers import Active
from thecal.errors import (
    Declined,
    LinkError,
    OutcomeUncertain,
    PrescriptionError,
    Problem,
)
from thecal.prescribing.compare import Row, compare
from thecal.prescribing.file import read_prescription
from thecal.prescribing.record import Prescription


@click.command()
@click.argument("file")
@port_option
@yes_option
@json_option
def prescribe(file: str, port: str | None, yes: bool, as_json: bool) -> None:
    """Send the prescription FILE to a pump.

    Shows what is active now beside what is new, asks, commits, and reads back
    what the pump then holds.
    """
    new = read_prescription(file)
    needs_yes("a prescription", yes)
    with connected(port) as pump:
        _same_pump(file, new, pump)
        record = pump.client.active().record
        rows = compare(Prescription.from_bytes(record) if record else None, new)
        ERR.print(_side_by_side(pump, rows))
        if not yes and not click.confirm(f"Commit to pump {pump.hello.serial}?", err=True):
            raise Declined("nothing was sent; the prescription on the pump is unchanged")
        active = _commit(pump, new)
    if as_json:
        print_json(
            {
                "serial": pump.hello.serial,
                "generation": active.generation,
                "prescription_crc32": active.prescription_crc32,
                "read_back": "identical",
                "changed": [row.field for row in rows if row.change],
            }
        )
        return
    click.echo(f"Committed and read back, byte for byte (generation {active.generation}).")
    if new.profiles:
        click.echo("The lockout starts again: the first patient bolus has to wait for it.")
    click.echo("Next: thecal status, and thecal start if therapy is stopped.")


def _same_pump(file: str, new: Prescription, pump: Pump) -> None:
    # A pump without a serial is not calibrated yet, and says so itself.
    if pump.hello.serial and new.device_serial != pump.hello.serial:
        text = (
            f'the file is for pump "{new.device_serial}", {pump.port} is "{pump.hello.serial}"; '
            "choose the right file or pump"
        )
        raise PrescriptionError(file, [Problem("device.serial", text)])


def _commit(pump: Pump, new: Prescription) -> Active:
    """Send, read back, compare byte for byte; return what is active."""
    record = new.to_bytes()
    pump.client.prescribe(record)
    try:
        active = pump.client.active()
    except LinkError as error:
        raise OutcomeUncertain("prescribe", f"it was not read back: {error}") from error
    if active.record != record:
        raise OutcomeUncertain("prescribe", "what the pump reads back is not what was sent")
    return active


def _side_by_side(pump: Pump, rows: list[Row]) -> Table:
    table = Table(title=f"Pump {pump.hello.serial} on {pump.port}", title_justify="left")
    for column in ("", "active now", "new", "change"):
        table.add_column(column, overflow="fold")
    for row in rows:
        style = "bold" if row.change else "dim"
        table.add_row(row.label, row.active, row.new, row.change, style=style)
    return table
