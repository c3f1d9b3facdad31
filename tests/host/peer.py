"""A pump of few words on a real pty, for tests of the link: a script answers each frame."""

import binascii
import os
import select
import struct
import threading
import tty
from collections.abc import Callable
from types import SimpleNamespace

from thecal.device.demux import Demux
from thecal.device.replies import Reply, judge
from thecal.errors import NoReply
from thecal_wire import codes, events, frame, messages, prescription

Script = Callable[[frame.Frame], bytes | None]


class Peer:
    """Owns the pty; `port` is what a Link opens. Silent when its script returns None."""

    def __init__(self, script: Script) -> None:
        self.requests: list[frame.Frame] = []
        self._script = script
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._ending = os.pipe()
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def send(self, data: bytes) -> None:
        """Send bytes unasked."""
        os.write(self._master, data)

    def close(self) -> None:
        """Vanish, as an unplugged pump does."""
        with self._closing:  # a test's timer and its fixture may both come here
            if self._closed:
                return
            self._closed = True
            os.write(self._ending[1], b"x")
            self._thread.join()
            for descriptor in (self._slave, self._master, *self._ending):
                os.close(descriptor)

    def kinds(self) -> list[int]:
        """Types of the requests received, oldest first."""
        return [request.kind for request in self.requests]

    def _serve(self) -> None:
        splitter = frame.Splitter()
        while True:
            ready, _, _ = select.select([self._master, self._ending[0]], [], [])
            if self._ending[0] in ready:
                return
            for request in splitter.feed(os.read(self._master, 4096)):
                self.requests.append(request)
                answer = self._script(request)
                if answer is not None:
                    os.write(self._master, answer)


class DirectLink:
    """A link without a port: its script answers at once, and silence is NoReply at once."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self.requests: list[frame.Frame] = []

    def call(self, kind: int, payload: bytes = b"", timeout_s: float = 5.0) -> Reply:
        request = frame.Frame(kind, 1, payload)
        self.requests.append(request)
        answer = self._script(request)
        if answer is None:
            raise NoReply("nowhere", messages.NAMES[kind], timeout_s)
        (found,) = Demux().feed(answer)
        return judge("nowhere", kind, found)

    def kinds(self) -> list[int]:
        """Types of the requests made, oldest first."""
        return [request.kind for request in self.requests]


def reply(request: frame.Frame, payload: bytes = b"") -> bytes:
    """The frame that answers a request."""
    return frame.encode(request.kind | messages.REPLY, request.request, payload)


def refuse(
    request: frame.Frame, code: int, field: int = 0, value: int = 0, limit: int = 0
) -> bytes:
    """The frame that refuses a request."""
    payload = messages.pack(messages.ERROR_FIELDS, code, field, value, limit)
    return frame.encode(messages.ERROR, request.request, payload)


def bulk(request: frame.Frame, cursor: int, data: bytes) -> bytes:
    """A block of raw bytes with its head."""
    return frame.bulk_head(messages.BULK, request.request, cursor, data) + data


def slot(seq: int, kind: int, *values: int, boot: int = 1, wall_s: int = 0) -> bytes:
    """One log record."""
    record = bytearray(events.RECORD_BYTES)
    events.pack(record, seq, boot, kind, seq * 10, 0, wall_s, values)
    return bytes(record)


def slot_of_unknown_type(seq: int) -> bytes:
    """An intact log record of a type that nobody knows."""
    record = bytearray(slot(seq, events.BOOT, 1, 0, 0))
    record[6] = 200
    record[28:] = binascii.crc32(record[:28]).to_bytes(4, "little")
    return bytes(record)


class FakePump:
    """Enough of a pump to run every command against; `deaf` types get no reply."""

    SERIAL = b"TV000001"

    def __init__(self) -> None:
        self.deaf: set[int] = set()
        self.ignored: set[int] = set()  # neither carried out nor answered
        self.refusals: dict[int, tuple[int, int, int, int]] = {}
        self.state = SimpleNamespace(
            mode=codes.STOPPED, alarms=0, reservoir_nl=18_000_000, lockout_left_s=0, stroke_pl=0)
        self.record = b""
        self.generation = 0
        self.flips_bits = False
        self.protocol = 1
        self.slots = [slot(1, events.BOOT, 1, 0, 0), slot(2, events.MODE, 0, 1, 2)]

    def __call__(self, request: frame.Frame) -> bytes | None:
        kind = request.kind
        if kind in self.ignored:
            return None
        if kind in self.refusals:
            return refuse(request, *self.refusals[kind])
        answer = getattr(self, messages.NAMES[kind])(request)
        return None if kind in self.deaf else answer

    def hello(self, request):
        return reply(request, messages.pack(
            messages.HELLO_FIELDS, self.protocol, 0, 1, 0, self.SERIAL, 3, 1, b"test", b"fake"))

    def status(self, request):
        s = self.state
        running = s.mode in (codes.RUNNING, codes.BOLUS)
        return reply(request, messages.pack(
            messages.STATUS_FIELDS, s.mode, 1, s.alarms, 90_061, 3, 1_767_225_600, 12,
            10_000 if running else 0, s.reservoir_nl, 0, s.lockout_left_s, 1, 2_412_500,
            2_750_000 if self.record else 0, 7, *self._active(), 0, 0, 3, s.stroke_pl))

    def active(self, request):
        return reply(request, messages.pack(messages.ACTIVE_FIELDS, *self._active()) + self.record)

    def prescribe(self, request):
        assert len(request.payload) == prescription.BYTES
        self.record = bytes(request.payload)
        if self.flips_bits:
            self.record = self.record[:-1] + b"\x55"
        self.generation += 1
        return reply(request, messages.pack(messages.ACTIVE_FIELDS, *self._active()))

    def start(self, request):
        self.state.mode = codes.RUNNING
        return reply(request)

    def stop(self, request):
        self.state.mode = codes.STOPPED
        return reply(request)

    def calibrate(self, request):
        self.state.stroke_pl = struct.unpack("<12sI", request.payload)[1]
        return reply(request)

    def refill(self, request):
        (self.state.reservoir_nl,) = struct.unpack("<I", request.payload)
        return reply(request)

    def log_info(self, request):
        next_seq = 1 + max(events.sequence(slot) for slot in self.slots if events.intact(slot))
        return reply(request, messages.pack(
            messages.LOG_INFO_FIELDS, 256, 0, len(self.slots), next_seq, 32))

    def log_read(self, request):
        first, count = struct.unpack("<IH", request.payload)
        return bulk(request, first, b"".join(self.slots[first:first + count]))

    def _active(self) -> tuple[int, int]:
        return self.generation, binascii.crc32(self.record) if self.record else 0
