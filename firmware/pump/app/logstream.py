"""A long stretch of the event log on its way out: read from flash twice, a KiB at a time.

Once for the CRC that its announcement carries, once to be sent. A slot that
changes in between (the log goes on) makes the CRC wrong, and the host asks again.
"""

import binascii

from thecal_wire import events

PIECE_BYTES = 1_024


class LogStream:
    """The raw bytes of `count` slots from `slot` on; `bytes` long, with `crc32`."""

    def __init__(self, log, slot, count):
        self._log = log
        self._slot = slot
        self._buffer = bytearray(PIECE_BYTES)
        self._view = memoryview(self._buffer)
        self.bytes = count * events.RECORD_BYTES
        self._left = self.bytes
        self.crc32 = 0
        piece = self.piece()
        while piece is not None:
            self.crc32 = binascii.crc32(piece, self.crc32)
            piece = self.piece()
        self._slot = slot
        self._left = self.bytes

    def piece(self):
        """The next bytes, good until the next call; None at the end."""
        if self._left == 0:
            return None
        size = min(PIECE_BYTES, self._left)
        view = self._view if size == PIECE_BYTES else self._view[:size]
        self._log.read_into(self._slot, view)
        self._slot += size // events.RECORD_BYTES
        self._left -= size
        return view
