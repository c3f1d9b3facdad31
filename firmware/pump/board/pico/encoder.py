"""AS5600 magnetic encoder on the rotor shaft, 12 bit a turn. [AS5600]

STATUS (0x0B) bit 5 says that a magnet is seen, bit 4 too weak, bit 3 too
strong; RAW ANGLE is at 0x0C, high byte first ([AS5600] register map).
"""

ADDRESS = 0x36
_STATUS = 0x0B
_MAGNET, _TOO_WEAK, _TOO_STRONG = 0x20, 0x10, 0x08


class Encoder:
    """The rotor's angle in counts of 4096 a turn."""

    def __init__(self, bus):
        self._device = bus.device(ADDRESS)
        self._buffer = bytearray(3)

    def counts(self):
        """The angle, or None without an answer or a proper magnet."""
        buffer = self._buffer
        if not self._device.read_register(_STATUS, buffer):
            return None
        if buffer[0] & (_MAGNET | _TOO_WEAK | _TOO_STRONG) != _MAGNET:
            return None
        if buffer[1] & 0xF0:
            return None
        return buffer[1] << 8 | buffer[2]
