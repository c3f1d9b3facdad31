"""DS3231 real-time clock with a cell of its own. [DS3231]

Registers 0x00 to 0x06 hold the time in BCD; status 0x0F bit 7 (OSF) says that
the oscillator stopped and the time cannot be believed ([DS3231] table 2 and the
status register).
"""

import time

ADDRESS = 0x68
_TIME, _STATUS = 0x00, 0x0F
_STOPPED = 0x80
_STILL_MS = 2_000  # the same second for longer than this: it stands
_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_DAYS_TO_2000 = 10_957  # from 1970-01-01


class Clock:
    """Wall time in Unix seconds, UTC; 0 = not known."""

    def __init__(self, bus):
        self._device = bus.device(ADDRESS)
        self._time = bytearray(7)
        self._status = bytearray(1)
        self._seen = -1  # the last second that was read, and the tick of its first reading
        self._since = 0

    def read(self):
        """The time, or 0 if it is not known; takes memory, since it is above 2^30."""
        if not self.known():
            return 0
        t = self._time
        return _unix(2000 + _bcd(t[6]), _bcd(t[5] & 0x1F), _bcd(t[4] & 0x3F), _bcd(t[2] & 0x3F),
                     _bcd(t[1]), _bcd(t[0]))

    def known(self):
        """False if the clock is silent, stopped, stands still or holds nonsense."""
        if not self._device.read_register(_STATUS, self._status):
            return False
        if self._status[0] & _STOPPED or not self._device.read_register(_TIME, self._time):
            return False
        t = self._time
        day, hour = _bcd(t[4] & 0x3F), _bcd(t[2] & 0x3F)  # four at once would take memory
        minute, second = _bcd(t[1]), _bcd(t[0])
        if not (_bcd(t[6]) <= 99 and 1 <= _bcd(t[5] & 0x1F) <= 12 and 1 <= day <= 31):
            return False
        if hour > 23 or minute > 59 or second > 59:
            return False
        return not self._stands(((day * 24 + hour) * 60 + minute) * 60 + second)

    def _stands(self, second_of_month):
        """True if the second read is one that was read long ago."""
        now = time.ticks_ms()
        if second_of_month != self._seen:
            self._seen, self._since = second_of_month, now
        return time.ticks_diff(now, self._since) > _STILL_MS

    def write(self, unix_s):
        """Set the time and forget that the oscillator ever stopped."""
        self._seen = -1
        days, second = divmod(unix_s, 86_400)
        year, month, day = _date(days)
        self._device.write(bytes((
            _TIME, _to_bcd(second % 60), _to_bcd(second // 60 % 60), _to_bcd(second // 3600),
            (days + 3) % 7 + 1, _to_bcd(day), _to_bcd(month), _to_bcd(year - 2000))))
        self._device.write(bytes((_STATUS, 0)))


def _bcd(value):
    return (value >> 4) * 10 + (value & 0x0F)


def _to_bcd(value):
    return value // 10 << 4 | value % 10


def _unix(year, month, day, hour, minute, second):
    years = year - 2000
    days = _DAYS_TO_2000 + years * 365 + (years + 3) // 4 + _DAYS_BEFORE[month - 1] + day - 1
    if month > 2 and year % 4 == 0:
        days += 1
    return days * 86_400 + hour * 3600 + minute * 60 + second


def _date(days):
    """(year, month, day) of a day counted from 1970-01-01; 2000 to 2099."""
    left = days - _DAYS_TO_2000
    year = 2000 + left * 4 // 1461
    left -= (year - 2000) * 365 + (year - 2000 + 3) // 4
    leap = 1 if year % 4 == 0 else 0
    month = 12
    while month > 1 and left < _DAYS_BEFORE[month - 1] + (leap if month > 2 else 0):
        month -= 1
    return year, month, left - _DAYS_BEFORE[month - 1] - (leap if month > 2 else 0) + 1
