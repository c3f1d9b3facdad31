"""Faults of the sensors, their buses, the clock and the flash: heard in time, and flow made safe.

What must come of each is data in hil/prove/faults/table.py; `make prove PART=faults`
tries all of it, here is one of each way to fail.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from hil.prove.faults import case, table
from thecal_wire import codes

ROOT = Path(__file__).parents[2]
QUICK = [row for row in table.FAULTS if row.id in table.QUICK]


@pytest.fixture(scope="session")
def running(image: Path) -> bytes:
    """Flash of a pump that runs 60 uL/h."""
    return case.running_image(case.FAST, image)


@pytest.mark.rig
@pytest.mark.slow
@pytest.mark.parametrize("row", QUICK, ids=[row.id for row in QUICK])
def test_a_fault_is_heard_in_time_and_flow_is_safe(row, running, image, record_property):
    outcome = case.run(row, case.FAST, running, image)
    record_property("figure", outcome.line())
    record_property("detected_s", outcome.detected_s)
    record_property("bound_s", outcome.bound_s)
    assert outcome.broken == []


@pytest.mark.rig
@pytest.mark.slow
def test_a_table_that_says_something_else_is_contradicted(running, image):
    """The judge must be able to say no: what the pump does right is wrong by another table."""
    right = next(row for row in table.FAULTS if row.key == "flow:bad crc")
    late, flows = case.run(replace(right, bound_s=13, rate=table.NONE), case.FAST, running,
                           image).broken
    assert late.startswith("sensor_fault only after")
    assert flows.startswith("1 strokes after the alarm")


def test_every_row_names_an_alarm_and_the_flow_that_it_leads_to():
    rates = {codes.RATE_STOP: table.NONE, codes.RATE_SAFE: table.BASAL,
             codes.RATE_UNCHANGED: table.BASAL}
    known = {entry[0]: rates[entry[2]] for entry in codes.ALARMS.values()}
    for row in table.FAULTS:
        assert row.rate == known.get(row.alarm, table.BASAL), row.id
        assert row.alarm in known or not row.alarm, row.id


def test_no_two_rows_are_the_same_and_the_quick_ones_exist():
    ids = [row.id for row in table.FAULTS]
    assert len(set(ids)) == len(ids)
    assert set(ids) >= table.QUICK


def test_the_pages_of_the_docs_are_the_table():
    text = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8")
    assert table.markdown() in text
    # The figures in the prose around it.
    for programme in (case.FAST, case.LOWEST):
        assert programme.name in text
