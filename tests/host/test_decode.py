"""Log records: golden bytes written down by hand, and what they mean."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.host.peer import slot
from thecal import wire
from thecal.archive.decode import decode
from thecal.errors import ExitCode, UnknownRecord
from thecal_wire import events

# seq, boot 3, type, version 1, mono_ms, wall_s; payload; CRC-32 from a bitwise calculation.
GOLDEN = [
    ("010000000300010188130000000000000000" "03020c00000000000000" "75697985",
     {"type": "boot", "cause": "watchdog", "boots_since_stroke": 2, "tally_strokes": 12}),
    ("0200000003000201a00f0000000000b95569" "00010200000000000000" "43bc84a2",
     {"type": "mode", "mode_from": "stopped", "mode_to": "running", "actor": "clinician"}),
    ("0300000003000301ffffffffff0000b95569" "05000000efbeadde0000" "68e054b8",
     {"type": "prescribed", "generation": 5, "prescription_crc32": 0xDEADBEEF}),
    ("040000000300040100000000010000b95569" "90d00300000000000000" "f8224e47",
     {"type": "calibrated", "stroke_pl": 250_000}),
    ("050000000300050100ca9a3b000000b95569" "80a81201002d31010000" "51013541",
     {"type": "refilled", "volume_nl": 18_000_000, "before_nl": 20_000_000}),
    ("0600000003000601e8030000000000b95569" "0112380000f401020000" "5da216d8",
     {"type": "press", "result": "lockout", "lockout_left_s": 14_354, "held_ms": 500,
      "granted_24h": 2, "bolus_id_16": 0}),
    ("0700000003000601e8030000000000b95569" "0000000000f401030700" "b1eafcac",
     {"type": "press", "result": "granted", "lockout_left_s": 0, "held_ms": 500,
      "granted_24h": 3, "bolus_id_16": 7}),
    ("0800000003000701e8030000000000b95569" "07000000102700002c01" "629da026",
     {"type": "bolus_start", "bolus_id": 7, "volume_nl": 10_000, "duration_s": 300}),
    ("0900000003000801e8030000000000b95569" "07000000881300000100" "2e983609",
     {"type": "bolus_end", "bolus_id": 7, "delivered_nl": 5_000, "reason": "power_lost"}),
    ("0a00000003000901e8030000000000b95569" "28001027000011270000" "94bf28cd",
     {"type": "delivered", "strokes": 40, "measured_nl": 10_000, "ordered_nl": 10_001}),
    ("0b00000003000a01e8030000000000b95569" "fa000000033c00000000" "32c142ef",
     {"type": "not_delivered", "volume_nl": 250, "reason": "dose_limit", "lasted_s": 60}),
    ("0c00000003000b01e8030000000000b95569" "020250c3000000000000" "b3e3989b",
     {"type": "alarm_begin", "code": "occlusion", "priority": "medium", "value": 50_000}),
    ("0d00000003000c01e8030000000000b95569" "01025802000000000000" "67144cad",
     {"type": "alarm_end", "code": "stall", "actor": "clinician", "lasted_s": 600}),
    ("0e00000003000d01e8030000000000b95569" "01e02e00000000000000" "d357da51",
     {"type": "button", "kind": "stop", "held_ms": 12_000}),
    ("0f00000003000e01e8030000000000b95569" "0000000000b955690000" "65f81df6",
     {"type": "clock_set", "before_s": 0, "after_s": 1_767_225_600}),
    ("1000000003000f01e8030000000000b95569" "02090000000000000000" "f25598fd",
     {"type": "login", "role": "clinician", "result": "unavailable"}),
    ("1100000003001001e8030000000000b95569" "07000000000000000000" "f187cac3",
     {"type": "pain_score", "nrs": 7}),
    ("1200000003001101e8030000000000b95569" "03020000000000000000" "ea6c21f1",
     {"type": "side_effect", "effect": 3, "severity": 2}),
    ("1300000003001201e8030000000000b95569" "785634122a0000000000" "92a40abf",
     {"type": "crash", "kind_crc32": 0x12345678, "line": 42}),
    ("1400000003001301e8030000000000b95569" "01032a000000204e0000" "301ec37b",
     {"type": "dose_command", "kind": "clinician", "result": "dose_limit", "counter": 42,
      "volume_nl": 20_000}),
    ("1500000003001401e8030000000000b95569" "80841e0040771b000000" "8a665f0c",
     {"type": "withdrawn", "withdrawn_nl": 2_000_000, "expected_nl": 1_800_000}),
    ("1600000003001501e8030000000000b95569" "d4300000180000000000" "0cf7d8f9",
     {"type": "step", "rate_nl_per_h": 12_500, "quarter_of_week": 24}),
    ("1700000003001601e8030000000000b95569" "90d00300e80390010000" "d96e4d0c",
     {"type": "wear", "estimated_stroke_pl": 250_000, "ratio_permille": 1_000, "strokes": 400}),
]


@pytest.mark.parametrize(("text", "fields"), GOLDEN)
def test_a_golden_record_means_what_was_written_down(text, fields):
    record = bytes.fromhex(text)
    assert wire.record_is_intact(record)
    decoded = decode(record)
    head = {"seq": int.from_bytes(record[:4], "little"), "boot": 3}
    assert {name: decoded[name] for name in head} == head
    assert {name: decoded[name] for name in fields} == fields
    assert set(decoded) == set(fields) | {"seq", "boot", "mono_ms", "wall", "wall_s"}


def test_every_record_type_of_the_wire_has_a_golden_record():
    assert {int(text[12:14], 16) for text, _ in GOLDEN} == set(events.TYPES)


def test_wall_time_is_iso_utc_and_nothing_when_the_clock_was_not_set():
    unset, known = (decode(bytes.fromhex(text)) for text, _ in GOLDEN[:2])
    assert (unset["wall"], unset["wall_s"]) == (None, 0)
    assert (known["wall"], known["wall_s"]) == ("2026-01-01T00:00:00Z", 1_767_225_600)


def test_pump_time_has_48_bits():
    assert decode(bytes.fromhex(GOLDEN[0][0]))["mono_ms"] == 5_000
    assert decode(bytes.fromhex(GOLDEN[2][0]))["mono_ms"] == 2**40 - 1
    assert decode(bytes.fromhex(GOLDEN[3][0]))["mono_ms"] == 2**32


def test_an_unknown_code_is_shown_and_not_fatal():
    assert decode(slot(1, events.ALARM_BEGIN, 200, 9, 0))["code"] == "unknown(200)"
    assert decode(slot(1, events.ALARM_BEGIN, 200, 9, 0))["priority"] == "unknown(9)"
    assert decode(slot(1, events.PRESS, 99, 0, 0, 0, 0))["result"] == "unknown(99)"


def test_an_unknown_type_or_version_is_loud():
    record = bytearray(slot(9, events.BOOT, 1, 0, 0))
    record[6] = 200
    with pytest.raises(UnknownRecord) as caught:
        decode(bytes(record))
    assert (caught.value.seq, caught.value.kind) == (9, 200)
    assert caught.value.exit_code == ExitCode.PROTOCOL
    record[6:8] = bytes((events.BOOT, 2))
    with pytest.raises(UnknownRecord, match="version 2"):
        decode(bytes(record))


def test_no_number_in_a_record_is_left_without_a_unit_or_a_meaning():
    """Volumes and times end in their unit; all else is a count, an identity or a name."""
    free = {
        "cause", "boots_since_stroke", "tally_strokes", "mode_from", "mode_to", "actor",
        "generation", "prescription_crc32", "result", "granted_24h", "bolus_id", "bolus_id_16",
        "reason", "strokes", "code", "priority", "value", "kind", "role", "nrs", "effect",
        "severity", "kind_crc32", "line", "counter", "quarter_of_week", "ratio_permille",
    }  # fmt: skip
    fields = {field for _, _, names in events.TYPES.values() for field in names}
    assert [f for f in fields - free if not re.search(r"_(s|ms|nl|pl|nl_per_h)$", f)] == []


@given(st.sampled_from(sorted(events.TYPES)), st.binary(min_size=10, max_size=10))
def test_any_payload_of_a_known_type_decodes(kind, payload):
    record = slot(1, kind, *([0] * len(events.TYPES[kind][2])))[:18] + payload + bytes(4)
    assert decode(record)["type"] == events.TYPES[kind][0]
