"""What can be read from a pump, one method per question. Reading changes nothing in it."""

from typing import Any, Protocol

from thecal import wire
from thecal.device.answers import (
    Active,
    Alarm,
    Hello,
    LogInfo,
    Status,
    Therapy,
    alarm_of,
    most_urgent_first,
)
from thecal.device.demux import Bulk
from thecal.device.replies import Reply
from thecal.errors import ProtocolMismatch
from thecal.wire import Layout
from thecal_wire import PROTOCOL_VERSION, codes, events, messages

TIMEOUT_S = 5.0


class Caller(Protocol):
    """What a client needs of a Link."""

    def call(self, kind: int, payload: bytes = b"", timeout_s: float = TIMEOUT_S) -> Reply:
        """Send one request, return its reply."""
        ...


class PumpReader:
    """A pump behind a link, for reading.

    Every method raises DeviceRefused, NoReply, PortGone, DamagedReply or
    ProtocolMismatch.
    """

    def __init__(self, link: Caller, timeout_s: float = TIMEOUT_S) -> None:
        self._link = link
        self._timeout_s = timeout_s

    def hello(self) -> Hello:
        """Return who the pump is; ProtocolMismatch if it speaks another protocol."""
        fields = self._read(messages.HELLO, messages.HELLO_FIELDS)
        if fields["protocol"] != PROTOCOL_VERSION:
            raise ProtocolMismatch(
                f"the pump speaks protocol {fields['protocol']}, this host {PROTOCOL_VERSION}"
            )
        version = (fields["version_major"], fields["version_minor"], fields["version_patch"])
        return Hello(
            fields["protocol"],
            ".".join(map(str, version)),
            wire.text_of(fields["serial"]),
            fields["boot"],
            wire.name_of(codes.RESETS, fields["reset_cause"]),
            wire.text_of(fields["build"]),
            wire.text_of(fields["runtime"]),
        )

    def status(self) -> Status:
        """Return the state of the pump."""
        return Status(**self._read(messages.STATUS, messages.STATUS_FIELDS))

    def therapy(self) -> Therapy:
        """Return doses, volumes and the dose counter; refused without a prescription."""
        return Therapy(**self._read(messages.THERAPY, messages.THERAPY_FIELDS))

    def alarms(self) -> list[Alarm]:
        """Return the active alarms with how long they last, most urgent first."""
        payload = self._ask(messages.ALARMS)
        size = len(wire.pack(messages.ALARM_FIELDS, 0, 0, 0, 0))
        found: list[Alarm] = []
        for at in range(0, len(payload), size):
            entry = fields_of(messages.ALARMS, messages.ALARM_FIELDS, payload[at : at + size])
            latched = bool(entry["latched"])
            found.append(alarm_of(entry["code"], latched=latched, lasted_s=entry["lasted_s"]))
        return most_urgent_first(found)

    def active(self) -> Active:
        """Return the prescription in force, as the pump keeps it."""
        payload = self._ask(messages.ACTIVE)
        head = len(wire.pack(messages.ACTIVE_FIELDS, 0, 0))
        fields = fields_of(messages.ACTIVE, messages.ACTIVE_FIELDS, payload[:head])
        return Active(**fields, record=payload[head:] or None)

    def log_info(self) -> LogInfo:
        """Return where the event ring begins and ends; ProtocolMismatch if it cannot be."""
        info = LogInfo(**self._read(messages.LOG_INFO, messages.LOG_INFO_FIELDS))
        if info.record_bytes != events.RECORD_BYTES:
            raise ProtocolMismatch(f"the pump's log records have {info.record_bytes} bytes")
        if not (info.first_slot < info.slots and info.next_slot < info.slots):
            raise ProtocolMismatch(f"the pump's log does not add up: {info}")
        return info

    def log_read(self, slot: int, count: int) -> bytes:
        """Return `count` (1 to LOG_READ_MAX) raw slots of 32 bytes from `slot` on."""
        payload = wire.pack(messages.LOG_READ_FIELDS, slot, count)
        reply = self._link.call(messages.LOG_READ, payload, self._timeout_s)
        if not isinstance(reply, Bulk) or len(reply.data) != count * events.RECORD_BYTES:
            raise ProtocolMismatch(f"the pump's log block is not {count} records long")
        return reply.data

    def _ask(self, kind: int, payload: bytes = b"") -> bytes:
        reply = self._link.call(kind, payload, self._timeout_s)
        if isinstance(reply, Bulk):
            raise ProtocolMismatch(f"the pump answered {wire.command_name(kind)} with raw bytes")
        return reply.payload

    def _read(self, kind: int, layout: Layout) -> dict[str, Any]:
        return fields_of(kind, layout, self._ask(kind))


def fields_of(kind: int, layout: Layout, payload: bytes) -> dict[str, Any]:
    """Return the fields of an answer; ProtocolMismatch if its length is wrong."""
    fields = wire.unpack(layout, payload)
    if fields is None:
        name = wire.command_name(kind)
        raise ProtocolMismatch(f"the pump's answer to {name} has {len(payload)} bytes")
    return fields
