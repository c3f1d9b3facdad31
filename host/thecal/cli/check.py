"""`thecal check FILE`: is a prescription file complete and deliverable?"""

from dataclasses import asdict

import click

from thecal.cli.common import json_option, print_facts, print_json
from thecal.errors import PrescriptionError
from thecal.prescribing import rules
from thecal.prescribing.compare import NOTHING, compare
from thecal.prescribing.file import read_prescription
from thecal.prescribing.record import Prescription
from thecal.units import FLOW, VOLUME, show_rounded


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
    print_facts([*_ordered(prescription), *_meaning(prescription)])
    click.echo(f"{file} is complete and within the limits of any pump.")


def _ordered(prescription: Prescription) -> list[tuple[str, str]]:
    rows = compare(None, prescription)
    return [(row.label, row.new) for row in rows if row.new != NOTHING]


def _meaning(prescription: Prescription) -> list[tuple[str, str]]:
    """What the order means in volumes, which a pump delivers."""
    p = prescription
    concentration = p.concentration_ug_per_ml
    flow = rules.flow_nl_per_h(p.basal_ng_per_day, concentration)
    daily = show_rounded(round(flow * 24), VOLUME, 3)
    rows = [("basal volume", f"{daily}/day ({show_rounded(round(flow), FLOW, 0)})")]
    if p.bolus_ng:
        bolus_nl = round(rules.volume_nl(p.bolus_ng, concentration))
        rows.append(("bolus volume", show_rounded(bolus_nl, VOLUME, 3)))
    return rows
