"""The two sensors on I2C: Sensirion SLF3S-0600F and AS5600, asked at the instant of reading.

After their data sheets as remembered, UNVERIFIED here; the firmware's drivers name the
same registers from the same source, so agreement proves nothing about the parts.
"""

from collections.abc import Callable

from hil.emulated.i2c import Device, Fault

OUT_OF_RANGE_RAW = 32_767
ROOM_COUNTS = 5_000  # 25 degrees C
WARM_UP_US = 12_000  # from the start command to the first answer


def crc8(data: bytes) -> int:
    """CRC-8 of Sensirion: polynomial 0x31 from 0xFF."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x31) & 0xFF if crc & 0x80 else crc << 1
    return crc


class FlowSensorChip(Device):
    """SLF3S-0600F: started by a command, then flow, temperature and flags, each with a CRC.

    `sample` gives the flow in counts of 0.1 uL/min, None if the part is dead;
    `temperature` gives 200 counts per degC.
    """

    address = 0x08
    START_WATER, START_ALCOHOL, STOP = 0x3608, 0x3615, 0x3FF9

    def __init__(self, sample: Callable[[], int | None], now_us: Callable[[], int],
                 temperature: Callable[[], int] = lambda: ROOM_COUNTS) -> None:
        super().__init__()
        self._sample = sample
        self._now_us = now_us
        self._temperature = temperature
        self._measures_from_us: int | None = None
        self._command = bytearray()
        self._answer = b""
        self._at = 0
        self._last_raw = 0
        self.flags = 0  # bit 0: air in the line

    def lose_power(self) -> None:
        """It measures again only when told to."""
        self._measures_from_us = None

    def begin(self, reading: bool) -> bool:
        if not reading:
            self._command.clear()
            return True
        if self._measures_from_us is None or self._now_us() < self._measures_from_us:
            return False
        raw = self._sample()
        if raw is None:
            return False
        self._answer, self._at = self._words(raw), 0
        return True

    def write(self, byte: int) -> bool:
        self._command.append(byte)
        return len(self._command) < 2 or self._obey(int.from_bytes(self._command, "big"))

    def read(self) -> int:
        byte = self._answer[self._at] if self._at < len(self._answer) else 0xFF
        self._at += 1
        return byte

    def _obey(self, command: int) -> bool:
        """Carry out a command; False if it is refused, as a start is while it measures."""
        if command == self.STOP:
            self._measures_from_us = None
            return True
        if command in (self.START_WATER, self.START_ALCOHOL) and self._measures_from_us is None:
            self._measures_from_us = self._now_us() + WARM_UP_US
            return True
        return False

    def _words(self, raw: int) -> bytes:
        if self.fault is Fault.STUCK:
            raw = self._last_raw
        elif self.fault is Fault.OUT_OF_RANGE:
            raw = OUT_OF_RANGE_RAW
        self._last_raw = raw
        answer = b""
        for word in (raw, self._temperature(), self.flags):
            data = word.to_bytes(2, "big", signed=word < 0)
            answer += data + bytes((crc8(data) ^ (self.fault is Fault.BAD_CRC),))
        return answer


class EncoderChip(Device):
    """AS5600: registers with a pointer; the magnet's state and the shaft's angle.

    `counts` gives the angle, 0..4095. Faults of the magnet: `magnet` is the status byte.
    """

    address = 0x36
    MAGNET_GOOD, MAGNET_TOO_WEAK, MAGNET_TOO_STRONG, MAGNET_GONE = 0x20, 0x30, 0x28, 0x10
    _STATUS, _RAW_ANGLE, _ANGLE, _AGC, _MAGNITUDE = 0x0B, 0x0C, 0x0E, 0x1A, 0x1B

    def __init__(self, counts: Callable[[], int]) -> None:
        super().__init__()
        self._counts = counts
        self.magnet = self.MAGNET_GOOD
        self._pointer = 0
        self._pointed = False
        self._last = 0

    def begin(self, reading: bool) -> bool:
        self._pointed = reading
        if reading and self.fault is not Fault.STUCK:
            self._last = self._counts()
        return True

    def write(self, byte: int) -> bool:
        if not self._pointed:
            self._pointer, self._pointed = byte, True
        return True

    def read(self) -> int:
        angle = 0xFFFF if self.fault is Fault.OUT_OF_RANGE else self._last
        high, low = angle >> 8, angle & 0xFF
        value = {
            self._STATUS: self.magnet, self._RAW_ANGLE: high, self._RAW_ANGLE + 1: low,
            self._ANGLE: high, self._ANGLE + 1: low, self._AGC: 0x80,
            self._MAGNITUDE: 0x08, self._MAGNITUDE + 1: 0x00,
        }.get(self._pointer, 0)
        # The pointer goes on, but stays on an angle that is read again and again.
        again = self._pointer in (self._RAW_ANGLE + 1, self._ANGLE + 1, self._MAGNITUDE + 1)
        self._pointer += -1 if again else 1
        return value
