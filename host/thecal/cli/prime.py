"""`thecal prime VOLUME`: fill the catheter of a stopped pump."""

import click

from thecal import units
from thecal.cli.common import (
    confirm_amount,
    connected,
    json_option,
    needs_yes,
    port_option,
    print_result,
    yes_option,
)
from thecal.errors import QuantityError
from thecal.units import VOLUME, show, show_countdown

PRIME_NL_PER_H = 500_000


@click.command()
@click.argument("volume")
@port_option
@yes_option
@json_option
def prime(volume: str, port: str | None, yes: bool, as_json: bool) -> None:
    """Give VOLUME, such as "0.28 mL", at 500 uL/h; therapy must be stopped.

    All priming since the last refill is at most the catheter's volume. Asks
    twice. It is sent once: if the reply is lost, the pump's state tells what
    became of it, or the command exits with 5.
    """
    volume_nl = units.parse(volume, VOLUME, "VOLUME")
    if not volume_nl:
        raise QuantityError("VOLUME", volume, f'"{volume}" is no volume; write more than 0')
    needs_yes("a priming bolus", yes)
    takes = show_countdown(-(-volume_nl * 3600 // PRIME_NL_PER_H))
    with connected(port) as pump:
        if not yes:
            left = show(pump.client.therapy().prime_left_nl, VOLUME)
            click.echo(f"{show(volume_nl, VOLUME)} takes {takes}; {left} may be primed.", err=True)
            confirm_amount(f"Prime pump {pump.hello.serial}?", volume, "VOLUME", VOLUME)
        given = pump.client.prime(volume_nl)
    lost = " The reply was lost; its state shows that it has the order." * given.reply_was_lost
    print_result(
        {
            "serial": pump.hello.serial,
            "volume_nl": volume_nl,
            "counter": given.counter,
            "bolus_id": given.bolus_id,
            "reply_lost": given.reply_was_lost,
        },
        f"Pump {pump.hello.serial} primes {show(volume_nl, VOLUME)} in {takes} "
        f"(order {given.counter}).{lost} Watch it: thecal status",
        as_json=as_json,
    )
