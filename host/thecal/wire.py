"""The typed door to `thecal_wire`, the definitions shared with the firmware.

`thecal_wire` runs on MicroPython and carries no type annotations; every
function of it that the host calls passes through here, and only here, which is
why two checks are off in this file alone. Constants are imported directly.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from thecal_wire import codes, events, frame, messages, prescription

Layout = tuple[str, tuple[str, ...]]
NameTable = tuple[str, ...] | dict[int, str]


@dataclass(frozen=True)
class Frame:
    """One frame: protocol version, type, request id and payload."""

    version: int
    kind: int
    request: int
    payload: bytes


@dataclass(frozen=True)
class Record:
    """The head of one log record (thecal_wire.events) and its payload of 10 bytes."""

    seq: int
    boot: int
    kind: int
    version: int
    mono_ms: int
    wall_s: int
    payload: bytes


def encode_frame(kind: int, request: int, payload: bytes) -> bytes:
    """Return the bytes of one frame, closing zero included."""
    return frame.encode(kind, request, payload)


def decode_frame(stuffed: bytes) -> Frame | None:
    """Return the frame in `stuffed` (without its zero), or None if it is damaged."""
    found = frame.decode(stuffed)
    if found is None:
        return None
    return Frame(found.version, found.kind, found.request, found.payload)


def pack(layout: Layout, *values: int | bytes) -> bytes:
    """Return the payload of a message layout of `thecal_wire.messages`."""
    return messages.pack(layout, *values)


def unpack(layout: Layout, payload: bytes) -> dict[str, Any] | None:
    """Return the fields of `payload` by name, or None if its length is wrong."""
    return messages.unpack(layout, payload)


def text_of(raw: bytes) -> str:
    """Text of a fixed-width field; a byte that is not ASCII shows as U+FFFD."""
    return raw.split(b"\0")[0].decode("ascii", "replace")


def name_of(names: NameTable, code: int) -> str:
    """Entry `code` of a name table, or `unknown(N)`."""
    return codes.name_of(names, code)


def command_name(kind: int) -> str:
    """Name of a request type."""
    return name_of(messages.NAMES, kind)


def error_name(code: int) -> str:
    """Name of a refusal or error code."""
    return codes.error_name(code)


def alarm_name(code: int) -> str:
    """Name of an alarm code."""
    return codes.alarm_name(code)


def alarm_codes(mask: int) -> list[int]:
    """Codes of the alarms in a bit mask: bit `code` set = active."""
    return [code for code in range(mask.bit_length()) if mask >> code & 1]


def record_is_intact(record: bytes) -> bool:
    """True if the CRC of a 32-byte log record holds."""
    return events.intact(record)


def record_sequence(record: bytes) -> int:
    """Sequence number of an intact log record."""
    return events.sequence(record)


def unpack_record(record: bytes) -> Record:
    """Take apart an intact 32-byte log record."""
    return Record(*events.unpack(record))


def pack_prescription(
    head: Sequence[int | bytes],
    steps: Sequence[Sequence[int]],
    profiles: Sequence[Sequence[int]],
) -> bytes:
    """Return the prescription record of a head, its steps and its profiles."""
    return prescription.pack(head, steps, profiles)


def unpack_prescription(record: bytes) -> dict[str, Any] | None:
    """Return the fields of a prescription record by name, or None if its length is wrong."""
    found = prescription.unpack(record)
    return None if found is None else dict(vars(found))
