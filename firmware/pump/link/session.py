"""Takes requests from the USB bytes and answers each with one reply.

Damaged frames are dropped and counted, never answered. No further request is
read while the last reply is still waiting to go out.
"""

from pump.link.outbox import IDLE_TURN_BYTES, TURN_BYTES, Outbox
from thecal_wire import PROTOCOL_VERSION, codes, events, frame, messages

WAITING_MAX = 4  # requests kept while a reply is on its way
READ_BYTES = 128  # a turn; a byte costs about 62 us in a per-byte loop on the Pico


class Refused(Exception):
    """A request that the pump refuses: code and, where they say something, the rest."""

    def __init__(self, code, field=0, value=0, limit=0):
        super().__init__(codes.error_name(code))
        self.code = code
        self.field = field
        self.value = value
        self.limit = limit


class Session:
    """One host on the port. `desk` does what is asked: a method for each message."""

    def __init__(self, desk):
        self._splitter = frame.Splitter()
        self._waiting = []
        self.outbox = Outbox()
        self.answered = 0  # requests, each of which left garbage, since somebody set it to 0
        self._handlers = {
            messages.HELLO: (None, desk.hello),
            messages.STATUS: (None, desk.status),
            messages.ACTIVE: (None, desk.active),
            messages.STOP: (None, desk.stop),
            messages.LOG_INFO: (None, desk.log_info),
            messages.START: (messages.START_FIELDS, desk.start),
            messages.CALIBRATE: (messages.CALIBRATE_FIELDS, desk.calibrate),
            messages.REFILL: (messages.REFILL_FIELDS, desk.refill),
            messages.BOLUS: (messages.BOLUS_FIELDS, desk.bolus),
            messages.PRIME: (messages.PRIME_FIELDS, desk.prime),
            messages.CLOCK: (messages.CLOCK_FIELDS, desk.clock),
            messages.ALARMS: (None, desk.alarms),
            messages.ACKNOWLEDGE: (None, desk.acknowledge),
            messages.THERAPY: (None, desk.therapy),
        }
        self._desk = desk

    def dropped(self):
        """(frames, bytes) that were damaged."""
        return self._splitter.frames_dropped, self._splitter.bytes_dropped

    def busy(self):
        """True while requests or replies wait."""
        return bool(self._waiting) or not self.outbox.empty()

    def turn(self, board, readable, idle):
        """Read at most 128 bytes, answer at most one request, write a turn's share.

        `idle`: nothing else is due for a while, so the share may be a large one.
        """
        if readable:
            for request in self._splitter.feed(board.usb_read(READ_BYTES)):
                self._keep(request)
        if self._waiting and self.outbox.empty():
            self._answer(self._waiting.pop(0))
        self.outbox.write_some(board, board.now(), IDLE_TURN_BYTES if idle else TURN_BYTES)

    def _keep(self, request):
        """Queue a request; one too many is dropped and counted, but never the first STOP."""
        stops = request.kind == messages.STOP and all(
            waiting.kind != messages.STOP for waiting in self._waiting)
        if stops or len(self._waiting) < WAITING_MAX:
            self._waiting.append(request)
        else:
            self._splitter.frames_dropped += 1

    def text(self, line):
        """Send a line of trace if there is room."""
        if self.outbox.has_room_for_text():
            self.outbox.put(frame.encode(messages.TEXT, 0, (line + "\r\n").encode()))

    def _answer(self, request):
        self.answered += 1
        try:
            self._dispatch(request)
        except Refused as refusal:
            self._put(messages.ERROR, request, messages.pack(
                messages.ERROR_FIELDS, refusal.code, refusal.field, refusal.value, refusal.limit))

    def _dispatch(self, request):
        if request.version != PROTOCOL_VERSION:
            raise Refused(codes.BAD_VERSION, 0, request.version, PROTOCOL_VERSION)
        kind = request.kind
        if kind == messages.PRESCRIBE:
            payload = self._desk.prescribe(request.payload)
        elif kind == messages.LOG_READ:
            self._log_read(request)
            return
        elif kind in self._handlers:
            layout, handler = self._handlers[kind]
            payload = handler(*_arguments(layout, request.payload))
        else:
            raise Refused(codes.UNKNOWN_TYPE, 0, kind)
        self._put(kind | messages.REPLY, request, payload or b"")

    def _log_read(self, request):
        slot, count = _arguments(messages.LOG_READ_FIELDS, request.payload)
        stream = self._desk.log_read(slot, count)
        self.outbox.put(frame.announce_bulk(messages.BULK, request.request, slot,
                                            stream.bytes, stream.crc32))
        self.outbox.put_stream(stream)

    def _put(self, kind, request, payload):
        self.outbox.put(frame.encode(kind, request.request, payload))


def _arguments(layout, payload):
    """Values of a payload in the order of its layout; an empty layout wants no bytes."""
    if layout is None:
        if payload:
            raise Refused(codes.BAD_LENGTH, 0, len(payload), 0)
        return []
    fields = messages.unpack(layout, payload)
    if fields is None:
        raise Refused(codes.BAD_LENGTH, 0, len(payload))
    return [fields[name] for name in layout[1]]


def trace_line(clock, kind, values):
    """One line for people and for `dut.expect`: pump time, event name, its fields."""
    entry = events.TYPES[kind]
    words = ["[%d.%03d] %s" % (clock.s, clock.ms, entry[0])]
    for name, value in zip(entry[2], values):
        words.append("%s=%s" % (name, _word(name, value)))
    return " ".join(words)


def _word(name, value):
    if name == "code":
        return codes.alarm_name(value)
    if name in ("mode_from", "mode_to"):
        return codes.name_of(codes.MODES, value)
    if name == "result":
        return codes.error_name(value) if value else "granted"
    return value
