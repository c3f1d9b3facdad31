"""`thecal refill VOLUME`: tell a pump how much its reservoir now holds."""

import click

from thecal import units
from thecal.cli.common import connected, json_option, port_option, print_result
from thecal.device.answers import Refilled
from thecal.errors import QuantityError
from thecal.units import VOLUME, show

CAPACITY_NL = 20_000_000


@click.command()
@click.argument("volume")
@click.option("--withdrawn", metavar="VOLUME", help="What came out of the reservoir before.")
@port_option
@json_option
def refill(volume: str, withdrawn: str | None, port: str | None, as_json: bool) -> None:
    """Tell a pump that its reservoir now holds VOLUME, such as "18 mL".

    With --withdrawn the pump compares what came out with what it expected.
    """
    volume_nl = units.parse(volume, VOLUME, "VOLUME")
    withdrawn_nl = None if withdrawn is None else _withdrawn_nl(withdrawn)
    with connected(port) as pump:
        refilled = pump.client.refill(volume_nl, withdrawn_nl)
    lines = [
        f"Pump {pump.hello.serial} counts down from {show(volume_nl, VOLUME)}. "
        "Its lockout starts again.",
        _compared(refilled, withdrawn_nl),
    ]
    print_result(
        {
            "serial": pump.hello.serial,
            "reservoir_nl": volume_nl,
            "withdrawn_nl": withdrawn_nl,
            "expected_nl": refilled.expected_nl,
            "mismatch": refilled.mismatch,
        },
        "\n".join(lines),
        as_json=as_json,
    )


def _withdrawn_nl(text: str) -> int:
    found = units.parse(text, VOLUME, "--withdrawn")
    if found > CAPACITY_NL:
        most = show(CAPACITY_NL, VOLUME)
        reason = f'"{text}" is more than a reservoir holds; write {most} or less'
        raise QuantityError("--withdrawn", text, reason)
    return found


def _compared(refilled: Refilled, withdrawn_nl: int | None) -> str:
    if refilled.expected_nl is None:
        return "The reply was lost: see `thecal alarms` for a refill_mismatch."
    expected = units.show_rounded(refilled.expected_nl, VOLUME, 3)
    if withdrawn_nl is None:
        return f"It expected {expected} to be withdrawn; --withdrawn compares."
    compared = f"Withdrawn {show(withdrawn_nl, VOLUME)}, expected {expected}"
    if refilled.mismatch:
        return f"{compared}: MISMATCH. Check dose and pump: thecal alarms"
    return f"{compared}: they agree."
