"""Takes the bytes of a pump apart into frames and blocks of raw bytes. Pure: no I/O.

Frames end at a zero. After a BULK frame exactly `length` raw bytes follow,
zeros included (thecal_wire.frame). No input ever raises.
"""

import binascii
import struct
from dataclasses import dataclass

from thecal import wire
from thecal.wire import Frame
from thecal_wire import events, frame, messages

FRAME_MAX_BYTES = 1024  # stuffed; a pump's longest message is far below
BULK_MAX_BYTES = messages.LOG_READ_MAX * events.RECORD_BYTES


@dataclass(frozen=True)
class Bulk:
    """A block of raw bytes as the pump announced it; `intact` if its CRC holds."""

    request: int
    cursor: int
    data: bytes
    intact: bool


class Demux:
    """Cuts a stream at its zeros and counts what it drops.

    `frames_dropped` counts damaged or overlong frames and BULK frames that
    announce an impossible length, `bytes_dropped` their bytes.
    """

    def __init__(self) -> None:
        self._waiting = bytearray()  # not yet taken apart
        self._bulk: tuple[int, int, int, int] | None = None  # request, cursor, length, crc32
        self._overlong = False
        self.frames_dropped = 0
        self.bytes_dropped = 0

    @property
    def in_bulk(self) -> bool:
        """True while the raw bytes of an announced block are awaited."""
        return self._bulk is not None

    def feed(self, data: bytes) -> list[Frame | Bulk]:
        """Return what `data` completes, oldest first."""
        self._waiting += data
        whole: list[Frame | Bulk] = []
        while True:
            progress = self._take_bulk(whole) if self._bulk else self._take_frame(whole)
            if not progress:
                return whole

    def abandon_bulk(self) -> list[Frame | Bulk]:
        """Give up an announced block, and look for frames in what came of it.

        For a pump that fell silent or restarted within a block: its next words
        must not be swallowed as the block's rest.
        """
        self._bulk = None
        return self.feed(b"")

    def _take_bulk(self, whole: list[Frame | Bulk]) -> bool:
        assert self._bulk is not None
        request, cursor, length, crc32 = self._bulk
        if len(self._waiting) < length:
            return False
        data = bytes(self._waiting[:length])
        intact = binascii.crc32(data) == crc32
        whole.append(Bulk(request, cursor, data, intact))
        self._bulk = None
        if intact:
            del self._waiting[:length]
        # Damaged bytes stay: they may hold the frames of a pump that restarted.
        return True

    def _take_frame(self, whole: list[Frame | Bulk]) -> bool:
        end = self._waiting.find(b"\0")
        if end < 0:
            if len(self._waiting) > FRAME_MAX_BYTES:
                self._overlong = True
                self.bytes_dropped += len(self._waiting)
                self._waiting.clear()
            return False
        stuffed = bytes(self._waiting[:end])
        del self._waiting[: end + 1]
        overlong, self._overlong = self._overlong or end > FRAME_MAX_BYTES, False
        if not stuffed and not overlong:
            return True  # zeros between frames carry nothing
        found = None if overlong else wire.decode_frame(stuffed)
        if found is None or not self._accept(found, whole):
            self.frames_dropped += 1
            self.bytes_dropped += len(stuffed)
        return True

    def _accept(self, found: Frame, whole: list[Frame | Bulk]) -> bool:
        if found.kind != messages.BULK:
            whole.append(found)
            return True
        if len(found.payload) != struct.calcsize(frame.BULK):
            return False
        cursor, length, crc32 = struct.unpack(frame.BULK, found.payload)
        if length > BULK_MAX_BYTES:
            return False
        self._bulk = (found.request, cursor, length, crc32)
        return True
