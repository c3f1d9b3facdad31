"""`thecal bolus DOSE --over DURATION`: give a clinician bolus."""

import click

from thecal import units
from thecal.cli.common import (
    Pump,
    confirm_amount,
    connected,
    json_option,
    needs_yes,
    port_option,
    print_result,
    yes_option,
)
from thecal.errors import QuantityError
from thecal.prescribing.boluses import BOLUS_DURATION_S
from thecal.prescribing.record import Prescription
from thecal.prescribing.volumes import volume_nl
from thecal.units import DOSE, DURATION, FLOW, VOLUME, show, show_rounded


@click.command()
@click.argument("dose")
@click.option("--over", "duration", required=True, help='How long to give it, such as "30 min".')
@port_option
@yes_option
@json_option
def bolus(dose: str, duration: str, port: str | None, yes: bool, as_json: bool) -> None:
    """Give DOSE, such as "0.2 mg", beside the basal rate.

    Asks twice. It is sent once: if the reply is lost, the pump's state tells
    what became of it, or the command exits with 5.
    """
    dose_ng = units.parse(dose, DOSE, "DOSE")
    duration_s = units.parse(duration, DURATION, "--over")
    _in_range(dose, dose_ng, duration, duration_s)
    needs_yes("a bolus", yes)
    with connected(port) as pump:
        what = f"{show(dose_ng, DOSE)} over {show(duration_s, DURATION)}"
        if not yes:
            click.echo(f"{what}: {_meaning(pump, dose_ng, duration_s)}", err=True)
            confirm_amount(f"Give it by pump {pump.hello.serial}?", dose, "DOSE", DOSE)
        given = pump.client.bolus(dose_ng, duration_s)
    lost = " The reply was lost; its state shows that it has the order." * given.reply_was_lost
    print_result(
        {
            "serial": pump.hello.serial,
            "dose_ng": dose_ng,
            "duration_s": duration_s,
            "counter": given.counter,
            "bolus_id": given.bolus_id,
            "reply_lost": given.reply_was_lost,
        },
        f"Pump {pump.hello.serial} accepted {what} (order {given.counter}).{lost} "
        "Watch it: thecal status",
        as_json=as_json,
    )


def _in_range(dose: str, dose_ng: int, duration: str, duration_s: int) -> None:
    if not dose_ng:
        raise QuantityError("DOSE", dose, f'"{dose}" is no dose; write more than 0')
    low, high = BOLUS_DURATION_S
    if not low <= duration_s <= high:
        text = f'"{duration}" is out of range; choose {show(low, DURATION)} to '
        raise QuantityError("--over", duration, text + show(high, DURATION))


def _meaning(pump: Pump, dose_ng: int, duration_s: int) -> str:
    record = pump.client.active().record
    if record is None:
        return "the pump has no prescription and will refuse it"
    p = Prescription.from_bytes(record)
    volume = round(volume_nl(dose_ng, p.concentration_ug_per_ml))
    flow = show_rounded(round(volume * 3600 / duration_s), FLOW, 0)
    concentration = show(p.concentration_ug_per_ml, units.CONCENTRATION)
    return (
        f"{show_rounded(volume, VOLUME, 3)} of {p.drug} {concentration}, "
        f"{flow} beside the basal rate"
    )
