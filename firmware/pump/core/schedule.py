"""The week as starts of steps or profiles, in quarter hours of the local time (SR12).

The entry that applies is the one that started last, across midnight and around
the week: each lasts until the next one starts.
"""

from array import array

DAYS = 7
QUARTERS_PER_DAY = 96
QUARTERS_PER_WEEK = DAYS * QUARTERS_PER_DAY
QUARTER_S = 900
WEEK_S = 604_800
EPOCH_DAY = 3  # 1 January 1970 was a Thursday; Monday is 0
EVERY_DAY = 0x7F


def second_of_week(wall_s, utc_offset_min):
    """Local seconds since Monday 0:00; `wall_s` is Unix time."""
    return (wall_s % WEEK_S + EPOCH_DAY * 86_400 + utc_offset_min * 60) % WEEK_S


class Week:
    """Which of some entries (weekdays, start_quarter) applies; `order` names them by start."""

    def __init__(self, entries):
        starts = []
        for index, (weekdays, start_quarter) in enumerate(entries):
            for day in range(DAYS):
                if weekdays >> day & 1:
                    starts.append(((day * QUARTERS_PER_DAY + start_quarter) << 8) + index)
        starts.sort()
        self.starts = array("H", [start >> 8 for start in starts])
        self.order = bytes([start & 0xFF for start in starts])

    def clashes(self):
        """True if two entries start at once."""
        for i in range(1, len(self.starts)):
            if self.starts[i] == self.starts[i - 1]:
                return True
        return False

    def place(self, quarter):
        """Place in `order` of the entry that applies in this quarter of the week."""
        found = len(self.starts) - 1  # the last of the week applies until the first starts
        for place, start in enumerate(self.starts):
            if start > quarter:
                break
            found = place
        return found

    def left_s(self, second):
        """Seconds from this second of the week until another entry starts; None if none does."""
        if len(self.starts) < 2:
            return None
        following = (self.place(second // QUARTER_S) + 1) % len(self.starts)
        left_s = self.starts[following] * QUARTER_S - second
        return left_s if left_s > 0 else left_s + WEEK_S
