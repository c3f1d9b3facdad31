"""`thecal start`: start therapy."""

import click

from thecal.cli.common import connected, json_option, port_option, print_result


@click.command()
@port_option
@click.option(
    "--acknowledge", is_flag=True, help="End latched alarms first; needed after 48 h of stop."
)
@click.option("--minimum", is_flag=True, help="At the prescription's minimum rate, no boluses.")
@json_option
def start(port: str | None, acknowledge: bool, minimum: bool, as_json: bool) -> None:
    """Start therapy by the active prescription."""
    with connected(port) as pump:
        pump.client.start(acknowledge, minimum)
    at_minimum = " at its minimum rate" if minimum else ""
    print_result(
        {
            "serial": pump.hello.serial,
            "started": True,
            "acknowledged": acknowledge,
            "minimum_rate": minimum,
        },
        f"Pump {pump.hello.serial} is started{at_minimum}. Watch it: thecal status",
        as_json=as_json,
    )
