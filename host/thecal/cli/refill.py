"""`thecal refill VOLUME`: tell a pump how much its reservoir now holds."""

import click

from thecal import units
from thecal.cli.common import connected, json_option, port_option, print_result


@click.command()
@click.argument("volume")
@port_option
@json_option
def refill(volume: str, port: str | None, as_json: bool) -> None:
    """Tell a pump that its reservoir now holds VOLUME, such as "18 mL"."""
    volume_nl = units.parse(volume, units.VOLUME, "VOLUME")
    with connected(port) as pump:
        pump.client.refill(volume_nl)
    held = units.show(volume_nl, units.VOLUME)
    print_result(
        {"serial": pump.hello.serial, "reservoir_nl": volume_nl},
        f"Pump {pump.hello.serial} counts down from {held}. Its lockout starts again.",
        as_json=as_json,
    )
