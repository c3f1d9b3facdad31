"""docs/protocol.md against the code: messages, records, refusals, and its examples."""

import re
import struct

import pytest

from tests.docs.pages import code_blocks, sized, table, text_of
from thecal_wire import codes, frame, messages, prescription

TEXT = text_of("protocol.md")
FORMS = {"B": "u8", "H": "u16", "I": "u32", "h": "i16"}
WORDS = re.compile(r"[0-9]*[a-zA-Z]")


def _forms(layout):
    """The fields' forms of a layout: `3B` for three, as `12s` for a text."""
    found: list[str] = []
    for form in WORDS.findall(layout.lstrip("<")):
        count, kind = form[:-1], form[-1]
        found += [form] if kind == "s" else [kind] * int(count or 1)
    return found


def _told(layout):
    forms, names = _forms(layout[0]), layout[1]
    return ", ".join(f"{name} {FORMS.get(form) or 's' + form[:-1]}"
                     for form, name in zip(forms, names, strict=True))


REQUESTS = {
    "START": messages.START_FIELDS, "LOG_READ": messages.LOG_READ_FIELDS,
    "CALIBRATE": messages.CALIBRATE_FIELDS, "REFILL": messages.REFILL_FIELDS,
    "BOLUS": messages.BOLUS_FIELDS, "PRIME": messages.PRIME_FIELDS,
    "CLOCK": messages.CLOCK_FIELDS,
}
REPLIES = {
    "PRESCRIBE": messages.ACTIVE_FIELDS, "REFILL": messages.REFILLED_FIELDS,
    "BOLUS": messages.GRANTED_FIELDS, "PRIME": messages.GRANTED_FIELDS,
    "ALARMS": messages.ALARM_FIELDS,
}


def test_every_message_stands_there_with_its_payloads():
    rows = {int(kind, 16): (name, request, reply)
            for kind, name, request, reply in table(TEXT, "| type | name | request payload")}
    special = {messages.BULK: "BULK", messages.TEXT: "TEXT", messages.ERROR: "ERROR"}
    names = {kind: name.upper() for kind, name in messages.NAMES.items()} | special
    assert {kind: row[0] for kind, row in rows.items()} == names
    for name, request, reply in rows.values():
        if name in REQUESTS:
            assert request == _told(REQUESTS[name])
        if name in REPLIES:
            assert _told(REPLIES[name]) in reply


@pytest.mark.parametrize(("heading", "layout"), [
    ("### STATUS, 73 bytes", messages.STATUS_FIELDS),
    ("### THERAPY, 62 bytes", messages.THERAPY_FIELDS),
], ids=["status", "therapy"])
def test_a_reply_has_the_fields_and_sizes_that_stand_there(heading, layout):
    rows = sized(TEXT, heading)
    assert heading.endswith(f" {struct.calcsize(layout[0])} bytes")
    assert [*rows] == [*layout[1]]
    assert [size for _, size in rows.values()] == [struct.calcsize(f) for f in _forms(layout[0])]


def test_hello_too():
    rows = sized(TEXT, "### HELLO, 67 bytes")
    whole = [("version", 3) if name == "version_major" else (name, struct.calcsize(form))
             for form, name in zip(_forms(messages.HELLO_FIELDS[0]), messages.HELLO_FIELDS[1],
                                   strict=True)
             if name not in ("version_minor", "version_patch")]
    assert [(name, size) for name, (_, size) in rows.items()] == whole
    assert sum(size for _, size in rows.values()) == 67


@pytest.mark.parametrize(("before", "layout", "first"), [
    ("### Prescription record, 78 bytes", prescription.HEAD, 0),
    ("A step:", prescription.STEP, 19),
    ("A profile:", prescription.PROFILE, 22),
], ids=["head", "step", "profile"])
def test_the_prescription_record_stands_there_field_by_field(before, layout, first):
    forms = _forms(layout)
    at = 0
    rows = table(TEXT, before)
    assert len(rows) == len(forms)
    for number, (row, form) in enumerate(zip(rows, forms, strict=True), first):
        offset, size, no, field, _range = row
        assert (int(offset), int(size), int(no)) == (at, struct.calcsize(form), number), field
        assert field == prescription.FIELDS[number]
        at += int(size)


def test_every_refusal_stands_there():
    rows = {int(code): name for code, name, _with, _value in table(TEXT, "## Refusals")}
    assert rows == codes.ERRORS


def test_the_header_is_that_of_the_code():
    rows = sized(TEXT[:TEXT.index("| 17 | n | payload")], "## Frames")
    assert [size for _, size in rows.values()] == [struct.calcsize(form)
                                                   for form in _forms(frame.HEADER)]


@pytest.mark.parametrize(("number", "kind", "payload"), [
    (0, messages.START, messages.pack(messages.START_FIELDS, 0, 0)),
    (2, messages.ERROR, messages.pack(messages.ERROR_FIELDS, codes.ALARM, 0, 8, 0)),
], ids=["start", "error"])
def test_the_examples_are_what_the_code_makes(number, kind, payload):
    blocks = code_blocks(TEXT, "")
    stuffed = frame.encode(kind, 7, payload)
    assert bytes.fromhex(blocks[number + 1]) == stuffed
    plain = bytes.fromhex("".join(line[:52] for line in blocks[number].splitlines()))
    whole = frame.decode(stuffed[:-1])
    assert whole is not None and plain[17:-4] == payload
    assert plain[-4:] == struct.pack("<I", int(blocks[number].split(": ")[-1], 16))
    assert f"{plain[0]:02x} {plain[1]:02x} {plain[2]:02x}" == f"01 {kind:02x} 07"
