"""Sensirion SLF3S-0600F liquid flow sensor. [SLF3S]

Continuous measurement of water is started by 0x3608; each reading is flow,
temperature and flags, two bytes and a CRC-8 each (polynomial 0x31, from 0xFF);
10 counts are 1 uL/min and 200 are 1 degC, both signed; flag bit 0 = air in line,
bit 1 = high flow, bit 5 = smoothing on ([SLF3S] chapter on the digital interface;
scales and CRC agree with the Linux driver). First valid reading 60 ms after the start.

What of a stroke it sees: 15 readings of about 500 counts (50 uL/min); one
count for one reading is 1/30 nL, so its resolution is 0.1 nL a stroke, and an
offset of 1 uL/min left after zeroing would be 5 nL, 2 %.
"""

ADDRESS = 0x08
RANGE_RAW = 32_500  # [SLF3S] output limit, 3250 uL/min
COUNTS_PER_CDEGC = 2
COLDEST_COUNTS = -8_000  # -40 degC to 100 degC: the chip is not beyond
WARMEST_COUNTS = 20_000
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


def _word(data, start):
    """The signed word at `start`, None if it is damaged."""
    if crc8(data, start) != data[start + 2]:
        return None
    raw = data[start] << 8 | data[start + 1]
    return raw - 0x10000 if raw >= 0x8000 else raw


def _flow_raw(data):
    raw = _word(data, 0)
    return None if raw is None or raw > RANGE_RAW or raw < -RANGE_RAW else raw


def _temperature_cdegc(data):
    counts = _word(data, 3)
    if counts is None or counts > WARMEST_COUNTS or counts < COLDEST_COUNTS:
        return None
    return counts // COUNTS_PER_CDEGC


class FlowSensor:
    """The flow through the line in counts of 0.1 uL/min, and the chip's temperature."""

    def __init__(self, bus):
        self._device = bus.device(ADDRESS)
        self._flow = bytearray(3)
        self._flow_and_temperature = bytearray(6)
        self._started = False

    def start(self):
        """Begin to measure; tried again at the next reading if the sensor is not there."""
        # It takes a start only while idle, and after a watchdog reset it still measures.
        self._device.write(_STOP)
        self._started = self._device.write(_START_WATER)

    def flow_raw(self):
        """One reading, or None if it is missing, damaged or out of range."""
        return _flow_raw(self._flow) if self._fill(self._flow) else None

    def look(self, seen):
        """One reading of both into a hal.Look, each None as above."""
        data = self._flow_and_temperature
        there = self._fill(data)
        seen.flow_raw = _flow_raw(data) if there else None
        seen.temperature_cdegc = _temperature_cdegc(data) if there else None

    def _fill(self, buffer):
        if not self._started:
            self.start()
            return False
        self._started = self._device.read(buffer)
        return self._started
