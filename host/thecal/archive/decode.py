"""One log record as a dict with names and units, ready for JSON."""

import struct
from collections.abc import Callable
from typing import Any

from thecal import wire
from thecal.device.answers import iso_utc
from thecal.errors import UnknownRecord
from thecal_wire import codes, events


def _outcome(code: int) -> str:
    """Of a request: 0 is granted, all else the name of a refusal."""
    return "granted" if code == codes.GRANTED else wire.error_name(code)


def _in(names: wire.NameTable) -> Callable[[int], str]:
    return lambda code: wire.name_of(names, code)


# Which numbers of which record are codes, and of which table.
_NAMED: dict[tuple[int, str], Callable[[int], str]] = {
    (events.BOOT, "cause"): _in(codes.RESETS),
    (events.MODE, "mode_from"): _in(codes.MODES),
    (events.MODE, "mode_to"): _in(codes.MODES),
    (events.MODE, "actor"): _in(codes.ACTORS),
    (events.PRESS, "result"): _outcome,
    (events.BOLUS_END, "reason"): _in(codes.BOLUS_ENDS),
    (events.NOT_DELIVERED, "reason"): _in(codes.LOSSES),
    (events.ALARM_BEGIN, "code"): wire.alarm_name,
    (events.ALARM_BEGIN, "priority"): _in(codes.PRIORITIES),
    (events.ALARM_END, "code"): wire.alarm_name,
    (events.ALARM_END, "actor"): _in(codes.ACTORS),
    (events.BUTTON, "kind"): _in(events.BUTTONS),
    (events.DOSE_COMMAND, "kind"): _in(codes.BOLUS_KINDS),
    (events.DOSE_COMMAND, "result"): _outcome,
    (events.LOGIN, "role"): _in(codes.ACTORS),
    (events.LOGIN, "result"): _outcome,
}


def decode(record: bytes) -> dict[str, Any]:
    """Return an intact 32-byte record as a dict.

    Keys: `seq`, `boot`, `type` (name), `mono_ms` (pump time, never set),
    `wall` (ISO 8601 UTC, None if the clock was not set), `wall_s` (Unix time,
    0 if not set), then the fields of its type as in thecal_wire.events, codes
    as names. An unknown code shows as `unknown(N)`; an unknown record type or
    version raises UnknownRecord, since its payload cannot be read at all.
    """
    head = wire.unpack_record(record)
    if head.kind not in events.TYPES or head.version != events.RECORD_VERSION:
        raise UnknownRecord(head.seq, head.kind, head.version)
    name, form, fields = events.TYPES[head.kind]
    values = zip(fields, struct.unpack_from(form, head.payload), strict=True)
    return {
        "seq": head.seq,
        "boot": head.boot,
        "type": name,
        "mono_ms": head.mono_ms,
        "wall": iso_utc(head.wall_s),
        "wall_s": head.wall_s,
        **{field: _named(head.kind, field, value) for field, value in values},
    }


def _named(kind: int, field: str, value: int) -> int | str:
    named = _NAMED.get((kind, field))
    return value if named is None else named(value)
