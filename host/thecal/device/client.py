"""What can be asked of a pump, one method per message.

A command whose reply is lost is not failed but uncertain: the client reads the
pump's state once, and if that does not show the command carried out it raises
OutcomeUncertain. It never sends a command twice.
"""

from collections.abc import Callable
from typing import Any, Protocol

from thecal import wire
from thecal.device.answers import Active, Hello, LogInfo, Status
from thecal.device.demux import Bulk
from thecal.device.replies import Reply
from thecal.errors import LinkError, OutcomeUncertain, ProtocolMismatch, ThecalError
from thecal.prescribing.record import SERIAL_MAX_CHARS
from thecal.wire import Layout
from thecal_wire import PROTOCOL_VERSION, codes, events, messages

TIMEOUT_S = 5.0

# Reads the state; returns whether the command was carried out, and what was seen.
StateReader = Callable[[], tuple[bool, str]]


class Caller(Protocol):
    """What a client needs of a Link."""

    def call(self, kind: int, payload: bytes = b"", timeout_s: float = TIMEOUT_S) -> Reply:
        """Send one request, return its reply."""
        ...


class PumpClient:
    """A pump behind a link.

    Every method raises DeviceRefused, NoReply, PortGone, DamagedReply or
    ProtocolMismatch; the commands raise OutcomeUncertain instead of the last
    four once the request may have reached the pump.
    """

    def __init__(self, link: Caller, timeout_s: float = TIMEOUT_S) -> None:
        self._link = link
        self._timeout_s = timeout_s

    # --- reading -------------------------------------------------------------
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

    def active(self) -> Active:
        """Return the prescription in force, as the pump keeps it."""
        payload = self._ask(messages.ACTIVE)
        head = len(wire.pack(messages.ACTIVE_FIELDS, 0, 0))
        fields = _fields(messages.ACTIVE, messages.ACTIVE_FIELDS, payload[:head])
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

    # --- commands ------------------------------------------------------------
    def prescribe(self, record: bytes) -> Active:
        """Commit a prescription record; return what is then in force.

        The caller compares `active().record` with what was ordered. The returned
        record is `record` itself unless the state had to be read.
        """
        seen: list[Active] = []

        def state() -> tuple[bool, str]:
            seen.append(self.active())
            same = seen[0].record == record
            return same, "the new prescription is active" if same else "another one is active"

        reply = self._command(messages.PRESCRIBE, record, state)
        if reply is None:
            return seen[0]
        fields = _fields(messages.PRESCRIBE, messages.ACTIVE_FIELDS, reply)
        return Active(**fields, record=record)

    def start(self, acknowledge: bool = False) -> None:
        """Start therapy; `acknowledge` ends latched alarms first."""
        self._command(
            messages.START,
            wire.pack(messages.START_FIELDS, int(acknowledge)),
            lambda: self._mode_is(codes.RUNNING, codes.BOLUS),
        )

    def stop(self) -> None:
        """Stop therapy."""
        self._command(messages.STOP, b"", lambda: self._mode_is(codes.STOPPED))

    def calibrate(self, serial: str, stroke_pl: int) -> None:
        """Give the pump its serial and stroke volume.

        Raises ValueError for a serial that is not 1 to 11 ASCII characters.
        """
        if not 1 <= len(serial) <= SERIAL_MAX_CHARS or not serial.isascii():
            raise ValueError(f"not a serial: {serial!r}")

        def state() -> tuple[bool, str]:
            found = (self.hello().serial, self.status().stroke_pl)
            return found == (serial, stroke_pl), f"the pump reports {found[0]}, {found[1]} pL"

        payload = wire.pack(messages.CALIBRATE_FIELDS, serial.encode("ascii"), stroke_pl)
        self._command(messages.CALIBRATE, payload, state)

    def refill(self, volume_nl: int) -> None:
        """Tell the pump that its reservoir now holds `volume_nl`."""

        def state() -> tuple[bool, str]:
            found_nl = self.status().reservoir_nl
            return found_nl == volume_nl, f"the pump reports {found_nl} nL in its reservoir"

        self._command(messages.REFILL, wire.pack(messages.REFILL_FIELDS, volume_nl), state)

    # --- helpers -------------------------------------------------------------
    def _ask(self, kind: int, payload: bytes = b"") -> bytes:
        reply = self._link.call(kind, payload, self._timeout_s)
        if isinstance(reply, Bulk):
            raise ProtocolMismatch(f"the pump answered {wire.command_name(kind)} with raw bytes")
        return reply.payload

    def _read(self, kind: int, layout: Layout) -> dict[str, Any]:
        return _fields(kind, layout, self._ask(kind))

    def _mode_is(self, *modes: int) -> tuple[bool, str]:
        status = self.status()
        return status.mode in modes, f"the pump reports mode {status.mode_name}"

    def _command(self, kind: int, payload: bytes, state: StateReader) -> bytes | None:
        """Send a command once; return its reply, or None if the state had to prove it done."""
        name = wire.command_name(kind)
        try:
            return self._ask(kind, payload)
        except LinkError as lost:
            if not lost.sent:
                raise
            _settle(name, state, lost)
            return None
        except KeyboardInterrupt:
            raise OutcomeUncertain(name, "interrupted before the reply came") from None


def _settle(name: str, state: StateReader, lost: LinkError) -> None:
    """Return if the state shows the command carried out, else raise OutcomeUncertain."""
    try:
        done, seen = state()
    except ThecalError as error:
        raise OutcomeUncertain(name, f"no reply, and no state either: {error}") from lost
    except KeyboardInterrupt:
        raise OutcomeUncertain(name, "no reply, and interrupted since") from None
    if not done:
        raise OutcomeUncertain(name, f"no reply, and {seen}") from lost


def _fields(kind: int, layout: Layout, payload: bytes) -> dict[str, Any]:
    fields = wire.unpack(layout, payload)
    if fields is None:
        name = wire.command_name(kind)
        raise ProtocolMismatch(f"the pump's answer to {name} has {len(payload)} bytes")
    return fields
