"""`thecal start`: start therapy."""

import click

from thecal.cli.common import connected, json_option, port_option, print_result


@click.command()
@port_option
@click.option("--acknowledge", is_flag=True, help="End latched alarms first.")
@json_option
def start(port: str | None, acknowledge: bool, as_json: bool) -> None:
    """Start therapy by the active prescription."""
    with connected(port) as pump:
        pump.client.start(acknowledge)
    print_result(
        {"serial": pump.hello.serial, "started": True, "acknowledged": acknowledge},
        f"Pump {pump.hello.serial} is started. Watch it: thecal status",
        as_json=as_json,
    )
