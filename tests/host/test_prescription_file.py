"""The prescription file: read exactly, or refused with every problem and what to do."""

import tomllib

import pytest

from thecal.errors import ExitCode, PrescriptionError, ProtocolMismatch
from thecal.prescribing.file import read_prescription
from thecal.prescribing.record import Prescription, Profile, Step
from thecal_wire import prescription as layout

GOOD = """
[device]
serial = "TV000001"
[drug]
name = "morphine"
concentration = "10 mg/mL"
[basal]
rate = "2.4 mg/day"
minimum = "0.6 mg/day"
[patient_bolus]
dose = "0.1 mg"
duration = "5 min"
lockout = "4 h"
count_per_24h = 4
[limits]
dose_24h = "2.75 mg"
[catheter]
length = "40 cm"
volume_per_cm = "2.2 uL/cm"
internal = "0.2 mL"
"""

# 02 version, 00 flags, serial, drug, 10,000 ug/mL, minimum 600,000 ng/day, no periodic bolus,
# no limit in 1 h and 4 h, 2,750,000 ng in 24 h, 400 mm, 2,200 nL/cm, 200,000 nL, low at
# 2,000,000 nL, 60 min, one step, one profile; every day from 0 at 2,400,000 ng/day; from 0
# 100,000 ng over 300 s, 14,400 s, 4; written down by hand.
GOLDEN = bytes.fromhex(
    "0200"
    "545630303030303100000000"
    "6d6f727068696e650000000000000000"
    "10270000" "c0270900" "00000000" "00000000" "00000000" "00000000" "00000000" "30f62900"
    "9001" "9808" "400d0300" "80841e00" "3c00" "01" "01"
    "7f" "00" "009f2400"
    "00" "a0860100" "2c010000" "40380000" "04"
)  # fmt: skip

FLEX = GOOD.replace('rate = "2.4 mg/day"', "").replace("[patient_bolus]\n", """
[[basal.steps]]
start = "06:00"
days = ["mon", "tue", "wed", "thu", "fri"]
rate = "3 mg/day"
[[basal.steps]]
start = "22:15"
rate = "1.8 mg/day"
[[patient_bolus.profiles]]
start = "06:00"
""").replace("2.75 mg", "3.2 mg")


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
    assert prescription.profiles == ()


def test_steps_with_days_and_profiles_become_entries(write_file):
    prescription = read_prescription(write_file(FLEX))
    assert prescription.steps == (Step(0b0011111, 24, 3_000_000), Step(0x7F, 89, 1_800_000))
    assert prescription.profiles == (Profile(24, 100_000, 300, 14_400, 4),)
    assert Prescription.from_bytes(prescription.to_bytes()) == prescription


def test_what_may_be_left_out_has_its_default(write_file):
    text = GOOD[:GOOD.index("[catheter]")].replace('minimum = "0.6 mg/day"', "")
    prescription = read_prescription(write_file(text))
    assert prescription.catheter_nl == prescription.minimum_ng_per_day == 0
    assert prescription.periodic_ng == prescription.limit_1h_ng == prescription.limit_4h_ng == 0
    assert (prescription.reservoir_low_nl, prescription.pause_reminder_min) == (2_000_000, 60)


def test_every_optional_table_is_read(write_file):
    text = GOOD.replace("2.75 mg", "3.5 mg") + """
[periodic_bolus]
dose = "0.06 mg"
duration = "5 min"
interval = "4 h"
[reservoir]
low = "3 mL"
[reminder]
pause = "2 h"
"""
    p = read_prescription(write_file(text))
    assert (p.periodic_ng, p.periodic_duration_s, p.periodic_interval_s) == (60_000, 300, 14_400)
    assert (p.reservoir_low_nl, p.pause_reminder_min) == (3_000_000, 120)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('start = "22:15"', 'start = "22:10"',
         'basal.steps[2].start: "22:10" is not a whole quarter hour; write "22:00" or "22:15"'),
        ('start = "22:15"', 'start = "24:00"', 'basal.steps[2].start: "24:00" is no time of day'),
        ('start = "22:15"', "start = 22", "basal.steps[2].start: 22 is not a text; write it as"),
        ('start = "22:15"', "", "basal.steps[2].start: missing; write it as in start ="),
        ('"mon", "tue"', '"mon", "mon"', 'basal.steps[1].days: "mon" is there twice'),
        ('"mon", "tue"', '"monday"', 'basal.steps[1].days: "monday" is no day; write mon, tue'),
        ('days = ["mon", "tue", "wed", "thu", "fri"]', "days = []",
         "basal.steps[1].days: [] is not a list of days"),
        ('days = ["mon", "tue", "wed", "thu", "fri"]', 'days = "mon"',
         'basal.steps[1].days: "mon" is not a list of days'),
        ('rate = "1.8 mg/day"', 'speed = "1.8 mg/day"', "basal.steps[2].speed: unknown field"),
        ('rate = "1.8 mg/day"', 'rate = "0.1 mg/day"', "basal.steps[2].rate: 0.1 mg/day is 417"),
        ('dose = "0.1 mg"', 'dose = "0.1"', 'patient_bolus.profiles[1].dose: "0.1" has no unit'),
        ("[basal]", '[basal]\nrate = "2 mg/day"', "basal.rate: stands beside basal.steps"),
        ('minimum = "0.6 mg/day"', 'minimum = "2 mg/day"', "basal.minimum: 2 mg/day is more than"),
    ],
)
def test_a_wrong_entry_is_named_by_its_number(write_file, old, new, line):
    assert old in FLEX
    found = problems_of(write_file, FLEX.replace(old, new, 1))
    assert any(text.startswith(line) for text in found), found


def test_steps_that_are_no_tables_are_told(write_file):
    text = GOOD.replace('rate = "2.4 mg/day"', "steps = 3")
    assert problems_of(write_file, text) == [
        "basal.steps: is not a list of tables; write each as [[basal.steps]]"]
    text = GOOD.replace('rate = "2.4 mg/day"', "steps = [3]")
    assert problems_of(write_file, text) == [
        "basal.steps[1]: is not a table; write it as [[basal.steps]]"]


def test_the_examples_of_the_documentation_pass(example):
    flex = read_prescription(example.with_name("flex.toml"))
    assert (len(flex.steps), len(flex.profiles), flex.periodic_ng) == (12, 2, 0)


@pytest.mark.parametrize("table", ["device", "drug", "basal", "limits"])
def test_a_missing_table_is_named(write_file, table):
    document = GOOD.replace(f"[{table}]", f"[{table}x]")
    found = problems_of(write_file, document)
    assert any(line.startswith(f"[{table}]: table missing; add it with ") for line in found)
    assert f'{table}x: unknown table; did you mean "{table}"?' in found


def test_every_field_without_a_default_is_required(write_file):
    fields = [(t, k) for t, content in tomllib.loads(GOOD).items() for k in content]
    fields.remove(("basal", "minimum"))
    assert len(fields) == 12
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
        ('"2.75 mg"', '"-2.75 mg"', 'limits.dose_24h: "-2.75 mg" is negative; write 0 or more'),
        ('"2.75 mg"', '"2.75"', 'limits.dose_24h: "2.75" has no unit; write number and unit'),
        ('"2.75 mg"', '"2.75 mL"', 'limits.dose_24h: "2.75 mL" is a volume; a dose is needed'),
        ('dose = "0.1 mg"', 'amount = "0.1 mg"', "patient_bolus.amount: unknown field; known"),
    ],
)
def test_a_wrong_value_is_named_with_its_field(write_file, old, new, line):
    assert any(found.startswith(line) for found in problems_of(write_file, GOOD.replace(old, new)))


def test_a_table_that_is_a_value_is_named(write_file):
    text = "basal = 3\n" + GOOD.replace(
        '[basal]\nrate = "2.4 mg/day"\nminimum = "0.6 mg/day"', "")
    found = problems_of(write_file, text)
    assert found == ["basal: is not a table; write it as [basal]"]


def test_all_problems_come_at_once_those_of_the_rules_too(write_file):
    text = GOOD.replace('"2.4 mg/day"', '"2.4"').replace('"4 h"', '"48 h"').replace(
        '"40 cm"', '"40 inches"')
    places = [line.split(":")[0] for line in problems_of(write_file, text)]
    assert places == ["basal.rate", "catheter.length", "patient_bolus.lockout"]


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


@pytest.mark.parametrize("record", [b"\x01" + GOLDEN[1:], GOLDEN[:-1], b""])
def test_a_record_of_another_version_or_length_is_a_mismatch(record):
    with pytest.raises(ProtocolMismatch):
        Prescription.from_bytes(record)


def test_the_golden_record_has_the_length_of_the_wire():
    assert len(GOLDEN) == layout.length(GOLDEN)
