"""`thecal check FILE`: is a prescription file complete and deliverable?"""

from dataclasses import asdict

import click
from rich.table import Table

from thecal.cli.common import OUT, json_option, print_facts, print_json
from thecal.errors import PrescriptionError
from thecal.prescribing.compare import NOTHING, Row, compare
from thecal.prescribing.file import read_prescription
from thecal.prescribing.looks import NONE, show_days, show_quarter
from thecal.prescribing.record import Prescription
from thecal.prescribing.volumes import DAYS, flow_nl_per_h, rates_by_quarter, volume_nl
from thecal.units import DOSE, DOSE_RATE, DURATION, FLOW, VOLUME, show, show_rounded
from thecal_wire.prescription import QUARTERS_PER_DAY

_ENTRY_FIELDS = ("basal_ng_per_day", "bolus_")


@click.command()
@click.argument("file")
@json_option
def check(file: str, as_json: bool) -> None:
    """Check the prescription FILE; no pump is needed.

    The pump checks again, by its own rules, when it is prescribed.
    """
    try:
        prescription = read_prescription(file)
    except PrescriptionError as error:
        if as_json:
            problems = [problem._asdict() for problem in error.problems]
            print_json({"file": file, "ok": False, "problems": problems})
        raise
    if as_json:
        print_json({"file": file, "ok": True, "prescription": asdict(prescription)})
        return
    print_facts([*_settings(prescription), *_meaning(prescription)])
    OUT.print(_steps(prescription))
    if prescription.profiles:
        OUT.print(_profiles(prescription))
    click.echo(f"{file} is complete and within the limits of any pump.")


def _settings(prescription: Prescription) -> list[tuple[str, str]]:
    """All that is not in the tables, and is there."""
    rows = compare(None, prescription)
    return [(row.label, row.new) for row in rows if not _in_tables(row)]


def _in_tables(row: Row) -> bool:
    return row.field.startswith(_ENTRY_FIELDS) or row.new in (NOTHING, NONE)


def _meaning(prescription: Prescription) -> list[tuple[str, str]]:
    """What the order means in a day and for the catheter."""
    days = DAYS * QUARTERS_PER_DAY
    mean = sum(rates_by_quarter(prescription.steps)) / days
    daily_nl = flow_nl_per_h(round(mean), prescription.concentration_ug_per_ml) * 24
    dose = show_rounded(round(mean), DOSE_RATE, 3)
    volume = show_rounded(round(daily_nl), VOLUME, 3)
    rows = [("basal a day", f"{dose} = {volume}/day, mean of the week")]
    if prescription.is_continuous:
        rows = [("basal a day", f"{dose} = {volume}/day")]
    if prescription.catheter_nl:
        rows.append(("to be primed", f"{show(prescription.catheter_nl, VOLUME)} at most"))
    return rows


def _steps(prescription: Prescription) -> Table:
    table = _table("basal", "#", "days", "from", "rate", "flow")
    for number, step in enumerate(prescription.steps, 1):
        flow = flow_nl_per_h(step.basal_ng_per_day, prescription.concentration_ug_per_ml)
        table.add_row(
            str(number),
            show_days(step.step_weekdays),
            show_quarter(step.step_start_quarter),
            show(step.basal_ng_per_day, DOSE_RATE),
            show_rounded(round(flow), FLOW, 0),
        )
    return table


def _profiles(prescription: Prescription) -> Table:
    table = _table("patient bolus", "#", "from", "dose", "volume", "over", "lockout", "in 24 h")
    for number, profile in enumerate(prescription.profiles, 1):
        volume = volume_nl(profile.bolus_ng, prescription.concentration_ug_per_ml)
        table.add_row(
            str(number),
            show_quarter(profile.profile_start_quarter),
            show(profile.bolus_ng, DOSE),
            show_rounded(round(volume), VOLUME, 3),
            show(profile.bolus_duration_s, DURATION),
            show(profile.bolus_lockout_s, DURATION),
            str(profile.bolus_count_per_24h),
        )
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
