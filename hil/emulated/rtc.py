"""DS3231: a clock with a cell of its own, which goes on through every loss of power."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from hil.emulated.i2c import Device, Fault

STATUS, STOPPED = 0x0F, 0x80
_TIME_REGISTERS = 7
_REGISTERS = 0x13
_LOST_SINCE_S = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())


class WallClock(Protocol):
    """Who keeps the time: the rig's hardware. `wall_lost` is the oscillator-stop flag."""

    wall_lost: bool

    def clock_s(self) -> int:
        """What the registers count, Unix seconds, right or not."""
        ...

    def set_clock(self, unix_s: int) -> None:
        """The firmware writes the time."""
        ...


class ClockChip(Device):
    """The registers of the DS3231, in BCD; alarms and square wave are not there."""

    address = 0x68

    def __init__(self, wall: WallClock) -> None:
        super().__init__()
        self._wall = wall
        self._pointer = 0
        self._pointed = False
        self._held = bytearray(_REGISTERS)
        self._time_written = False
        self._on_stop: Callable[[], None] = lambda: None

    def begin(self, reading: bool) -> bool:
        """The time is caught at the start, so that it cannot change between two bytes."""
        if reading:
            self._catch()
        self._pointed = reading
        return True

    def write(self, byte: int) -> bool:
        if not self._pointed:
            if byte < _REGISTERS:
                self._catch()
            self._pointer, self._pointed = byte % _REGISTERS, True
            return True
        if self._pointer == STATUS:
            # The flag can be cleared and not set.
            self._wall.wall_lost = self._wall.wall_lost and bool(byte & STOPPED)
        else:
            self._held[self._pointer] = byte
            self._time_written = self._time_written or self._pointer < _TIME_REGISTERS
        self._step()
        return True

    def read(self) -> int:
        value = self._held[self._pointer]
        if self._pointer == STATUS:
            value = STOPPED if self._wall.wall_lost else 0
        self._step()
        return value

    def end(self) -> None:
        if self._time_written:
            self._time_written = False
            self._wall.set_clock(decode(self._held))

    def _catch(self) -> None:
        if self.fault is Fault.OUT_OF_RANGE:
            self._held[:_TIME_REGISTERS] = b"\xff" * _TIME_REGISTERS
        elif self.fault is not Fault.STUCK:
            self._held[:_TIME_REGISTERS] = encode(self._wall.clock_s())

    def _step(self) -> None:
        self._pointer = (self._pointer + 1) % _REGISTERS


def encode(unix_s: int) -> bytes:
    """The seven time registers for a time from 2000 to 2099."""
    when = datetime.fromtimestamp(max(unix_s, _LOST_SINCE_S), UTC)
    values = (when.second, when.minute, when.hour, when.isoweekday(), when.day, when.month,
              when.year % 100)
    return bytes(value // 10 << 4 | value % 10 for value in values)


def decode(registers: bytes | bytearray) -> int:
    """Unix seconds of the seven time registers; nonsense is the year 2000."""
    second, minute, hour, _weekday, day, month, year = (
        (byte >> 4) * 10 + (byte & 0x0F) for byte in registers[:_TIME_REGISTERS])
    try:
        when = datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return _LOST_SINCE_S
    return int(when.timestamp())
