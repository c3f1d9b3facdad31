"""docs/log-format.md against the code; tests/rig/test_log_format.py has bytes of a pump."""

import binascii
import struct

from pump.store import pages, slots
from tests.docs.pages import code_blocks, sized, table, text_of
from thecal_wire import codes, events

TEXT = text_of("log-format.md")
FORMS = {"B": "u8", "H": "u16", "I": "u32", "h": "i16"}


def _fields(layout, names):
    return ", ".join(f"{name} {FORMS[form]}" for form, name in
                     zip(layout.lstrip("<"), names, strict=True))


def _of(before):
    return sized(TEXT, before)


def _ends_at(before):
    return max(offset + size for offset, size in _of(before).values())


def test_every_event_type_stands_there_with_its_fields():
    rows = {int(number): (name, payload.split(", 0 to 10")[0])
            for number, name, payload, _when in table(TEXT, "## Types")}
    assert rows == {number: (name, _fields(layout, fields))
                    for number, (name, layout, fields) in events.TYPES.items()}


def test_every_alarm_stands_there():
    rows = {int(number): name for number, name, _value in table(TEXT, "| alarm | name | value |")}
    assert rows == {number: entry[0] for number, entry in codes.ALARMS.items()}


def test_the_decoder_knows_every_type():
    known: dict[str, object] = {}
    (code,) = code_blocks(TEXT, "python")
    exec(code[code.index("TYPES"):code.index("raw =")], known)
    assert known["TYPES"] == {number: (name, layout, " ".join(fields))
                              for number, (name, layout, fields) in events.TYPES.items()}


def test_the_records_table_is_that_of_the_code():
    rows = _of("## The record, 32 bytes")
    assert list(rows) == ["seq", "boot", "type", "version", "mono_ms", "wall_s", "payload", "crc32"]
    assert rows["payload"] == (events.HEAD_BYTES, events.PAYLOAD_BYTES)
    assert _ends_at("## The record, 32 bytes") == events.RECORD_BYTES


def test_the_example_record_is_one():
    block = code_blocks(TEXT, "")[0]
    record = bytes.fromhex("".join(line for line in block.splitlines()
                                   if set(line) <= set("0123456789abcdef ")))
    assert events.intact(record)
    seq, boot, kind, _version, mono_ms, wall_s, payload = events.unpack(record)
    for said in (f"seq {seq} ", f"boot {boot} ", f"mono_ms {mono_ms} ", f"wall_s {wall_s}\n",
                 f"crc32 {binascii.crc32(record[:28]):08x}"):
        assert said in block
    assert kind == events.PRESS
    for name, value in zip(events.TYPES[kind][2][1:],
                           struct.unpack_from(events.TYPES[kind][1], payload)[1:], strict=True):
        assert f"{name} {value}\n" in block


def test_the_tables_of_the_tally_have_the_sizes_of_the_code():
    head = _of("A page begins with a header of 39 bytes")
    assert head["crc32"] == (pages.HEADER_BYTES, 4)
    assert head["body"] == (pages.BODY_AT, 0)
    assert _ends_at("A page of marks (kind 1)") == pages.MARKS_AT + 3 * pages.MARKS
    assert _ends_at("A grant (kind 2)") == pages.BODY_AT + pages.BODY_BYTES[pages.GRANT]
    assert _ends_at("The end of one (kind 3)") == pages.BODY_AT + pages.BODY_BYTES[pages.BOLUS_END]
    assert (_ends_at("The rest of a checkpoint (kind 6)")
            == pages.BODY_AT + pages.BODY_BYTES[pages.CHECKPOINT_REST])
    assert _ends_at("## The slots, briefly") == slots._PAYLOAD_AT


def test_the_bytes_of_each_body_stand_there():
    for kinds, _page, told in table(TEXT, "| kind | page | bytes of the body |"):
        for kind in kinds.split(", "):
            size = 0 if told == "none" else int(told.split(":")[0].split(",")[0])
            assert pages.BODY_BYTES[int(kind)] == size, kind
