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
        self._closed = self._vanishing = False
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
            ports = () if self._vanishing else (self._slave, self._master)
            for descriptor in (*ports, *self._ending):
                os.close(descriptor)

    def vanish(self) -> None:
        """As `close`, from within the script."""
        self._vanishing = True

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
                if self._vanishing:
                    os.close(self._slave)
                    os.close(self._master)
                    return
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
        return judge("nowhere", kind, found, payload)

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
            mode=codes.STOPPED, alarms=0, reservoir_nl=18_000_000, lockout_left_s=0, stroke_pl=0,
            counter=41, clinician_left_s=0, prime_left_nl=288_000, wall_s=1_767_225_600,
            utc_offset_min=60, profile=0, refill_in_h=1_600, sensed_pl=None, withdrawn_nl=None)
        self.doses: list[tuple[int, ...]] = []  # dose commands that were carried out
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
        self.before(request)
        answer = getattr(self, messages.NAMES[kind])(request)
        return None if kind in self.deaf else answer

    def before(self, request):
        """What a test wants to happen first."""

    def hello(self, request):
        return reply(request, messages.pack(
            messages.HELLO_FIELDS, self.protocol, 0, 1, 0, self.SERIAL, 3, 1, b"test", b"fake"))

    def status(self, request):
        s = self.state
        running = s.mode in (codes.RUNNING, codes.BOLUS)
        return reply(request, messages.pack(
            messages.STATUS_FIELDS, s.mode, 1, s.alarms, 90_061, 3, s.wall_s, 12,
            10_000 if running else 0, s.reservoir_nl, 0, s.lockout_left_s, 1, 2_412_500,
            2_750_000 if self.record else 0, 7, *self._active(), 0, 0, 3, s.stroke_pl))

    def active(self, request):
        return reply(request, messages.pack(messages.ACTIVE_FIELDS, *self._active()) + self.record)

    def prescribe(self, request):
        assert prescription.unpack(request.payload) is not None
        self.record = bytes(request.payload)
        if self.flips_bits:
            self.record = self.record[:-1] + b"\x55"
        self.generation += 1
        return reply(request, messages.pack(messages.ACTIVE_FIELDS, *self._active()))

    def start(self, request):
        acknowledge, minimum = request.payload
        if acknowledge:
            self.state.alarms = 0
        self.state.mode = codes.MINIMUM if minimum else codes.RUNNING
        return reply(request)

    def stop(self, request):
        self.state.mode = codes.STOPPED
        return reply(request)

    def calibrate(self, request):
        fields = struct.unpack("<12sII", request.payload)
        self.state.stroke_pl, self.state.sensed_pl = fields[1:]
        return reply(request)

    def refill(self, request):
        expected_nl = self.state.reservoir_nl
        self.state.reservoir_nl, withdrawn_nl = struct.unpack("<II", request.payload)
        known = withdrawn_nl != messages.NOT_MEASURED
        self.state.withdrawn_nl = withdrawn_nl if known else None
        mismatch = known and abs(expected_nl - withdrawn_nl) > 1_000_000
        return reply(request, messages.pack(messages.REFILLED_FIELDS, expected_nl, mismatch))

    def bolus(self, request):
        counter, dose_ng, duration_s = struct.unpack("<III", request.payload)
        self.state.clinician_left_s = duration_s
        return self._dose(request, counter, dose_ng, duration_s)

    def prime(self, request):
        counter, volume_nl = struct.unpack("<II", request.payload)
        self.state.mode = codes.PRIMING
        return self._dose(request, counter, volume_nl)

    def _dose(self, request, counter, *values):
        if counter != self.state.counter + 1:
            return refuse(request, codes.ALREADY, 0, counter, self.state.counter)
        self.state.counter = counter
        self.doses.append(values)
        return reply(request, messages.pack(messages.GRANTED_FIELDS, 7, counter))

    def clock(self, request):
        self.state.wall_s, self.state.utc_offset_min = struct.unpack("<Ih", request.payload)
        return reply(request)

    def alarms(self, request):
        payload = b""
        for code in range(32):
            if self.state.alarms >> code & 1:
                entry = codes.ALARMS.get(code, ("", codes.HIGH, 0, True, ""))
                payload += messages.pack(messages.ALARM_FIELDS, code, entry[1], entry[3], 3_600)
        return reply(request, payload)

    def acknowledge(self, request):
        for code, entry in codes.ALARMS.items():
            if entry[3]:
                self.state.alarms &= ~(1 << code)
        return reply(request)

    def therapy(self, request):
        if not self.record:
            return refuse(request, codes.NO_PRESCRIPTION)
        s = self.state
        return reply(request, messages.pack(
            messages.THERAPY_FIELDS, s.counter, 200_000, 800_000, 2_412_500, s.reservoir_nl,
            s.reservoir_nl - 20_000, s.utc_offset_min, s.refill_in_h, 5_000 * bool(
                s.clinician_left_s), s.clinician_left_s, s.prime_left_nl, 0, s.stroke_pl, 2_950,
            3_701, s.profile))

    def log_info(self, request):
        next_seq = 1 + max(events.sequence(slot) for slot in self.slots if events.intact(slot))
        return reply(request, messages.pack(
            messages.LOG_INFO_FIELDS, 256, 0, len(self.slots), next_seq, 32))

    def log_read(self, request):
        first, count = struct.unpack("<IH", request.payload)
        return bulk(request, first, b"".join(self.slots[first:first + count]))

    def _active(self) -> tuple[int, int]:
        return self.generation, binascii.crc32(self.record) if self.record else 0
