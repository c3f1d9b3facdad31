"""A long stretch of the event log on its way out: looked at twice, in place if the body can.

Once for the CRC that its announcement carries, once to be sent. A slot that
changes in between (the log goes on) makes the CRC wrong, and the host asks again.
"""

import binascii

from thecal_wire import events

PIECE_BYTES = 8_192


class LogStream:
    """The raw bytes of `count` slots from `slot` on; `bytes` long, with `crc32`."""

    def __init__(self, log, slot, count):
        self._log = log
        self._slot = slot
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
        """The next bytes; None at the end."""
        if self._left == 0:
            return None
        count = min(PIECE_BYTES, self._left) // events.RECORD_BYTES
        piece = self._log.view(self._slot, count)
        self._slot += count
        self._left -= count * events.RECORD_BYTES
        return piece
