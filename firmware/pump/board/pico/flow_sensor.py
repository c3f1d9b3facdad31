"""Sensirion SLF3S-0600F liquid flow sensor. [SLF3S]

Continuous measurement of water is started by 0x3608; each reading is flow,
temperature and flags, two bytes and a CRC-8 each (polynomial 0x31, from 0xFF);
10 counts are 1 uL/min, signed; flag bit 0 = air in line, bit 1 = high flow, bit 5 = smoothing on
([SLF3S] chapter on the digital interface; scale and CRC agree with the Linux
driver). First valid reading 60 ms after the start.

What of a stroke it sees: 15 readings of about 500 counts (50 uL/min); one
count for one reading is 1/30 nL, so its resolution is 0.1 nL a stroke, and an
offset of 1 uL/min left after zeroing would be 5 nL, 2 %.
"""

ADDRESS = 0x08
RANGE_RAW = 32_500  # [SLF3S] output limit, 3250 uL/min
_START_WATER = b"\x36\x08"
_STOP = b"\x3f\xf9"


def _table():
    table = bytearray(256)
    for i in range(256):
        crc = i
        for _ in range(8):
            crc = (crc << 1) ^ 0x31 if crc & 0x80 else crc << 1
        table[i] = crc & 0xFF
    return bytes(table)


_CRC8 = _table()


def crc8(data, start):
    """CRC-8 of two bytes of `data` from `start` on. [SLF3S]"""
    return _CRC8[_CRC8[0xFF ^ data[start]] ^ data[start + 1]]


class FlowSensor:
    """The flow through the line in counts of 0.1 uL/min."""

    def __init__(self, bus):
        self._device = bus.device(ADDRESS)
        self._buffer = bytearray(3)
        self._started = False

    def start(self):
        """Begin to measure; tried again at the next reading if the sensor is not there."""
        # It takes a start only while idle, and after a watchdog reset it still measures.
        self._device.write(_STOP)
        self._started = self._device.write(_START_WATER)

    def flow_raw(self):
        """One reading, or None if it is missing, damaged or out of range."""
        if not self._started:
            self.start()
            return None
        buffer = self._buffer
        if not self._device.read(buffer):
            self._started = False
            return None
        if crc8(buffer, 0) != buffer[2]:
            return None
        raw = buffer[0] << 8 | buffer[1]
        if raw >= 0x8000:
            raw -= 0x10000
        if raw > RANGE_RAW or raw < -RANGE_RAW:
            return None
        return raw
