"""`thecal stop`: stop therapy."""

import click

from thecal.cli.common import connected, json_option, port_option, print_result


@click.command()
@port_option
@json_option
def stop(port: str | None, as_json: bool) -> None:
    """Stop therapy; a running bolus ends and is not resumed."""
    with connected(port) as pump:
        pump.client.stop()
    print_result(
        {"serial": pump.hello.serial, "stopped": True},
        f"Pump {pump.hello.serial} is stopped and delivers nothing. Beware of withdrawal.",
        as_json=as_json,
    )
