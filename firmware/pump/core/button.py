"""What the patient's finger meant (SR24, SR25).

The board hands over edges (tick, level), bounce included, also those from
while it slept. A level counts once it stood for 30 ms. A press is 0.1 to 5 s
and counts at release; 10 to 20 s and then released is STOP; over 60 s is a
stuck button, ignored until it is free; every other length is refused and told.
"""

from pump.core.clock import elapsed_ms

NONE, PRESS, STOP, OTHER, STUCK, FREED = 0, 1, 2, 3, 4, 5

BOUNCE_MS = 30
PRESS_MIN_MS, PRESS_MAX_MS = 100, 5_000
STOP_MIN_MS = 10_000
STOP_MAX_MS = 20_000
STUCK_MS = 60_000


class Button:
    """Debounces edges and times presses; `held_ms` is the length of the last one.

    A button that is down at start-up never makes a request (SR25).
    """

    def __init__(self, tick, level):
        self._raw = level
        self._raw_at = tick
        self._down = bool(level)
        self._down_at = tick
        self._ignore = bool(level)
        self._stuck = False
        self.held_ms = 0

    def edge(self, tick, level):
        """Take in one edge; returns what it completed."""
        meaning = self.settle(tick)
        self._raw = level
        self._raw_at = tick
        return meaning

    def settle(self, tick):
        """Let time pass without an edge; returns what the level now means."""
        if bool(self._raw) != self._down and elapsed_ms(tick, self._raw_at) >= BOUNCE_MS:
            self._down = bool(self._raw)
            if self._down:
                self._down_at = self._raw_at
            else:
                return self._released(self._raw_at)
        if self._down and not self._stuck and elapsed_ms(tick, self._down_at) > STUCK_MS:
            self._stuck = True
            self._ignore = True
            self.held_ms = elapsed_ms(tick, self._down_at)
            return STUCK
        return NONE

    def next_ms(self, tick):
        """Time until `settle` has something to say, or None."""
        if bool(self._raw) != self._down:
            return max(0, BOUNCE_MS - elapsed_ms(tick, self._raw_at))
        if self._down and not self._stuck:
            return max(0, STUCK_MS + 1 - elapsed_ms(tick, self._down_at))
        return None

    def _released(self, tick):
        self.held_ms = elapsed_ms(tick, self._down_at)
        ignored, stuck = self._ignore, self._stuck
        self._ignore = self._stuck = False
        if stuck:
            self.held_ms = max(self.held_ms, STUCK_MS)  # after three days a tick tells no more
            return FREED
        if ignored:
            return OTHER
        if PRESS_MIN_MS <= self.held_ms <= PRESS_MAX_MS:
            return PRESS
        if STOP_MIN_MS <= self.held_ms <= STOP_MAX_MS:
            return STOP
        return OTHER
