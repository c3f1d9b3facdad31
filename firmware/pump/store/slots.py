"""Two alternating slots: the old one stays valid until the new one is (SR30, SR38).

Up to four flash pages each, at the start of a block of its own::

    offset  0  magic       u16   0x5443
            2  kind        u8    PROGRAMME, CALIBRATION or SETTINGS
            3  version     u8    1
            4  generation  u32
            8  length      u16   of the payload
           10  crc32       u32   of all before it and the payload
           14  payload
"""

import binascii
import struct

from pump.store.nor import BLOCK_BYTES, PAGE_BYTES

PROGRAMME, CALIBRATION, SETTINGS = 0, 1, 2  # blocks 2*kind and 2*kind+1 of the partition

_MAGIC = 0x5443
_VERSION = 1
_HEAD = "<HBBIH"
_HEAD_BYTES = 10
_PAYLOAD_AT = 14
_BYTES = 4 * PAGE_BYTES


class SlotPair:
    """A payload with a generation, kept twice.

    `payload` is the newest valid one or None; `defect` is True if something is
    written but nothing of it is valid: then nothing may run on a guess.
    """

    def __init__(self, region, kind):
        self._region = region
        self._kind = kind
        self.payload = None
        self.generation = 0
        self.defect = False
        self._newest = 1  # so that the first write goes to slot 0

    def load(self):
        """Read both slots."""
        written = 0
        for side in (0, 1):
            if self._region.blank(self._offset(side), _BYTES):
                continue
            written += 1
            self._adopt(side, self._region.read(self._offset(side), _BYTES))
        self.defect = written > 0 and self.payload is None

    def write(self, payload):
        """Store a new generation; True once it is in flash, whole and read back."""
        side = 1 - self._newest
        page = bytearray(_PAYLOAD_AT + len(payload))
        struct.pack_into(_HEAD, page, 0, _MAGIC, self._kind, _VERSION, self.generation + 1,
                         len(payload))
        page[_PAYLOAD_AT:] = payload
        struct.pack_into("<I", page, _HEAD_BYTES, _crc(page))
        self._region.erase(self._offset(side) // BLOCK_BYTES)
        # From the last page to the first: the head, without which nothing counts, comes last.
        for first in range((len(page) - 1) // PAGE_BYTES * PAGE_BYTES, -1, -PAGE_BYTES):
            piece = page[first:first + PAGE_BYTES]
            if not self._region.program_checked(self._offset(side) + first, piece,
                                                bytearray(len(piece))):
                return False
        self._newest = side
        self.generation += 1
        self.payload = bytes(payload)
        self.defect = False
        return True

    def _offset(self, side):
        return (2 * self._kind + side) * BLOCK_BYTES

    def _adopt(self, side, page):
        magic, kind, version, generation, length = struct.unpack_from(_HEAD, page, 0)
        if magic != _MAGIC or kind != self._kind or version != _VERSION:
            return
        if length > _BYTES - _PAYLOAD_AT:
            return
        whole = page[:_PAYLOAD_AT + length]
        if struct.unpack_from("<I", whole, _HEAD_BYTES)[0] != _crc(whole):
            return
        if self.payload is None or generation > self.generation:
            self.payload = bytes(whole[_PAYLOAD_AT:])
            self.generation = generation
            self._newest = side


def _crc(page):
    view = memoryview(page)
    return binascii.crc32(view[_PAYLOAD_AT:], binascii.crc32(view[:_HEAD_BYTES]))
