"""`thecal calibrate`: give a pump its serial and the volume of its stroke."""

import click

from thecal import units
from thecal.cli.common import connected, json_option, port_option, print_result
from thecal.prescribing.record import SERIAL_MAX_CHARS


@click.command()
@click.option("--serial", required=True, help="Serial of the pump, 1 to 11 ASCII characters.")
@click.option("--stroke", required=True, help='Measured volume of one stroke, such as "250 nL".')
@click.option("--sensed", help="What the pump's flow sensor made of one such stroke, if known.")
@port_option
@json_option
def calibrate(
    serial: str, stroke: str, sensed: str | None, port: str | None, as_json: bool
) -> None:
    """Give a pump its serial and the volume of its stroke, as a balance measured it."""
    if not 1 <= len(serial) <= SERIAL_MAX_CHARS or not serial.isascii():
        raise click.BadParameter(
            f'"{serial}" is not 1 to {SERIAL_MAX_CHARS} ASCII characters', param_hint="--serial"
        )
    stroke_pl = units.parse(stroke, units.STROKE_VOLUME, "--stroke")
    sensed_pl = 0 if sensed is None else units.parse(sensed, units.STROKE_VOLUME, "--sensed")
    with connected(port) as pump:
        pump.client.calibrate(serial, stroke_pl, sensed_pl)
    shown = units.show(stroke_pl, units.STROKE_VOLUME)
    print_result(
        {"serial": serial, "stroke_pl": stroke_pl, "sensed_pl": sensed_pl},
        f"The pump on {pump.port} is now {serial}, with {shown} a stroke.",
        as_json=as_json,
    )
