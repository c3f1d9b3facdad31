"""The prescription file: read exactly, or refused with every problem and what to do."""

import tomllib

import pytest

from thecal.errors import ExitCode, PrescriptionError, ProtocolMismatch
from thecal.prescribing.file import read_prescription
from thecal.prescribing.record import Prescription
from thecal_wire import prescription as layout

GOOD = """
[device]
serial = "TV000001"
[drug]
name = "morphine"
concentration = "10 mg/mL"
[basal]
rate = "2.4 mg/day"
[patient_bolus]
dose = "0.1 mg"
duration = "5 min"
lockout = "4 h"
count_per_24h = 4
[limits]
dose = "2.75 mg"
window = "24 h"
"""

# 01 version, 00 flags, serial, drug, 10,000 ug/mL, 2,400,000 ng/day, 100,000 ng,
# 300 s, 14,400 s, 4, 2,750,000 ng, 86,400 s; written down by hand.
GOLDEN = bytes.fromhex(
    "0100"
    "545630303030303100000000"
    "6d6f727068696e650000000000000000"
    "10270000" "009f2400" "a0860100" "2c010000" "40380000" "0400" "30f62900" "80510100"
)  # fmt: skip


def problems_of(write_file, text) -> list[str]:
    path = write_file(text)
    with pytest.raises(PrescriptionError) as caught:
        read_prescription(path)
    assert caught.value.exit_code == ExitCode.USAGE
    lines = caught.value.lines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_a_file_becomes_the_record_that_was_written_by_hand(write_file):
    assert read_prescription(write_file(GOOD)).to_bytes() == GOLDEN


def test_the_example_of_the_documentation_is_this_prescription(example):
    assert read_prescription(example).to_bytes() == GOLDEN


def test_a_record_comes_back_as_the_same_prescription(write_file):
    prescription = read_prescription(write_file(GOOD))
    assert Prescription.from_bytes(prescription.to_bytes()) == prescription


def test_no_bolus_table_means_no_patient_bolus(write_file):
    start, end = GOOD.index("[patient_bolus]"), GOOD.index("[limits]")
    prescription = read_prescription(write_file(GOOD[:start] + GOOD[end:]))
    assert prescription.bolus_ng == prescription.bolus_lockout_s == 0
    assert prescription.bolus_duration_s == prescription.bolus_count_per_24h == 0


@pytest.mark.parametrize("table", ["device", "drug", "basal", "limits"])
def test_a_missing_table_is_named(write_file, table):
    document = GOOD.replace(f"[{table}]", f"[{table}x]")
    found = problems_of(write_file, document)
    assert any(line.startswith(f"[{table}]: table missing; add it with ") for line in found)
    assert f'{table}x: unknown table; did you mean "{table}"?' in found


def test_every_field_but_those_of_a_missing_bolus_table_is_required(write_file):
    fields = [(t, k) for t, content in tomllib.loads(GOOD).items() for k in content]
    assert len(fields) == 10
    for table, key in fields:
        text = "\n".join(
            line for at, line in enumerate(GOOD.splitlines())
            if not (line.startswith(f"{key} =") and f"[{table}]" == _table_at(at))
        )
        found = problems_of(write_file, text)
        assert any(line.startswith(f"{table}.{key}: missing; write it as in ") for line in found)


def _table_at(line: int) -> str:
    return [text for text in GOOD.splitlines()[:line] if text.startswith("[")][-1]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('rate = "2.4 mg/day"', "rate = 2.4", "basal.rate: 2.4 is not a text"),
        ('serial = "TV000001"', "serial = 1", "device.serial: 1 is not a text"),
        ("count_per_24h = 4", 'count_per_24h = "4"', 'patient_bolus.count_per_24h: "4" is not a'),
        ("count_per_24h = 4", "count_per_24h = true", "patient_bolus.count_per_24h: true is not a"),
        ("count_per_24h = 4", "count_per_24h = 4.0", "patient_bolus.count_per_24h: 4.0 is not a"),
        ("count_per_24h = 4", "count_per_24h = -1", "patient_bolus.count_per_24h: -1 is out of"),
        ("count_per_24h = 4", "count_per_24h = 70000", "patient_bolus.count_per_24h: 70000 is out"),
        ('"2.75 mg"', '"-2.75 mg"', 'limits.dose: "-2.75 mg" is negative; write 0 or more'),
        ('"2.75 mg"', '"2.75"', 'limits.dose: "2.75" has no unit; write number and unit, as in'),
        ('"2.75 mg"', '"2.75 mL"', 'limits.dose: "2.75 mL" is a volume; a dose is needed'),
        ('dose = "0.1 mg"', 'amount = "0.1 mg"', "patient_bolus.amount: unknown field; known"),
    ],
)
def test_a_wrong_value_is_named_with_its_field(write_file, old, new, line):
    assert any(found.startswith(line) for found in problems_of(write_file, GOOD.replace(old, new)))


def test_a_table_that_is_a_value_is_named(write_file):
    text = "basal = 3\n" + GOOD.replace('[basal]\nrate = "2.4 mg/day"', "")
    found = problems_of(write_file, text)
    assert found == ["basal: is not a table; write it as [basal]"]


def test_all_problems_come_at_once_those_of_the_rules_too(write_file):
    text = GOOD.replace('"2.4 mg/day"', '"2.4"').replace('"4 h"', '"48 h"').replace(
        '"24 h"', '"24 hours"')
    places = [line.split(":")[0] for line in problems_of(write_file, text)]
    assert places == ["basal.rate", "limits.window", "patient_bolus.lockout"]


def test_broken_toml_is_told_with_its_line(write_file):
    (line,) = problems_of(write_file, GOOD.replace('name = "morphine"', "name = morphine"))
    assert "is not valid TOML" in line
    assert "line 5" in line


def test_a_file_that_is_not_text_is_told_with_its_line(write_file):
    path = write_file("")
    path.write_bytes(b"[device]\nserial = \"\xff\"\n")
    with pytest.raises(PrescriptionError, match="line 2 is not UTF-8"):
        read_prescription(path)


def test_a_missing_file_is_told_as_such(tmp_path):
    with pytest.raises(PrescriptionError, match="cannot be read \\(No such file"):
        read_prescription(tmp_path / "none.toml")


def test_a_serial_that_would_be_cut_is_never_packed(write_file):
    prescription = read_prescription(write_file(GOOD))
    too_long = Prescription(**{**vars(prescription), "device_serial": "TV0000010000"})
    with pytest.raises(ValueError, match="too long"):
        too_long.to_bytes()


@pytest.mark.parametrize("record", [b"\x02" + GOLDEN[1:], GOLDEN[:-1], b""])
def test_a_record_of_another_version_or_length_is_a_mismatch(record):
    with pytest.raises(ProtocolMismatch):
        Prescription.from_bytes(record)


def test_the_golden_record_has_the_length_of_the_wire():
    assert len(GOLDEN) == layout.BYTES
