"""Frames on the USB link.

A frame is ``COBS(header + payload + crc32) + 0x00``. Its header, 17 bytes
little-endian::

    offset  0  version     u8    PROTOCOL_VERSION
            1  type        u8    messages.py
            2  request id  u16   echoed by the reply
            4  role        u8    0 until sessions exist
            5  counter     u32   0 until sessions exist
            9  mac         8 B   zero until the link has keys

A BULK frame announces raw bytes: its payload is ``cursor u32, length u32,
crc32 u32`` and exactly `length` bytes follow its closing zero unstuffed,
since per-byte work is what makes a read-out slow (pico.md: raw output costs
0.58 us a byte, stuffing in bytecode 15).
"""

import binascii
import struct

from thecal_wire import PROTOCOL_VERSION, cobs

HEADER = "<BBHBI8s"
HEADER_BYTES = 17
BULK = "<III"
NO_MAC = bytes(8)
MAX_FRAME_BYTES = 352  # the longest stuffed request that the device accepts


class Frame:
    """One frame taken apart: type, request id, role, counter and payload."""

    def __init__(self, kind, request, payload, role=0, counter=0, version=PROTOCOL_VERSION):
        self.kind = kind
        self.request = request
        self.payload = payload
        self.role = role
        self.counter = counter
        self.version = version


def encode(kind, request, payload=b"", role=0, counter=0):
    """Return the bytes of one frame, closing zero included."""
    body = struct.pack(HEADER, PROTOCOL_VERSION, kind, request, role, counter, NO_MAC) + payload
    body += struct.pack("<I", binascii.crc32(body))
    return cobs.encode(body) + b"\0"


def decode(stuffed):
    """Return the Frame in `stuffed` (without its zero), or None if it is damaged."""
    body = cobs.decode(stuffed)
    if body is None or len(body) < HEADER_BYTES + 4:
        return None
    end = len(body) - 4
    if struct.unpack("<I", body[end:])[0] != binascii.crc32(body[:end]):
        return None
    version, kind, request, role, counter, _mac = struct.unpack(HEADER, body[:HEADER_BYTES])
    return Frame(kind, request, body[HEADER_BYTES:end], role, counter, version)


def announce_bulk(kind, request, cursor, length, crc32):
    """Return the frame that announces `length` raw bytes, which the sender writes right after."""
    return encode(kind, request, struct.pack(BULK, cursor, length, crc32))


def bulk_head(kind, request, cursor, data):
    """Return the frame that announces `data`."""
    return announce_bulk(kind, request, cursor, len(data), binascii.crc32(data))


class Splitter:
    """Cuts a stream of bytes at its zeros, never raises, counts what it drops.

    `frames_dropped` counts damaged or overlong frames, `bytes_dropped` their bytes.
    """

    def __init__(self, limit=MAX_FRAME_BYTES):
        self._limit = limit
        self._part = bytearray()
        self._overlong = False
        self.frames_dropped = 0
        self.bytes_dropped = 0

    def feed(self, data):
        """Return the whole frames that `data` completes, oldest first."""
        frames = []
        pieces = data.split(b"\0")
        for i in range(len(pieces) - 1):
            self._take(pieces[i])
            self._close(frames)
        self._take(pieces[len(pieces) - 1])
        return frames

    def _take(self, piece):
        if self._overlong or len(self._part) + len(piece) > self._limit:
            self.bytes_dropped += len(self._part) + len(piece)
            self._part = bytearray()
            self._overlong = True
        else:
            self._part += piece

    def _close(self, frames):
        if self._overlong:
            self.frames_dropped += 1
        elif self._part:
            frame = decode(self._part)
            if frame is None:
                self.frames_dropped += 1
                self.bytes_dropped += len(self._part)
            else:
                frames.append(frame)
        self._part = bytearray()
        self._overlong = False
