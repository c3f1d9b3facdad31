"""Pump time: monotonic, carried across watchdog resets, never set.

A *tick* is ms modulo 2^29, small on the Pico; ticks are compared only over
spans under 74 h. Longer times are whole seconds of pump time (`s`, `_s`).
"""

PERIOD = 1 << 29
HALF = 1 << 28


def elapsed_ms(later_tick, earlier_tick):
    """Milliseconds from one tick to another, negative if they are the other way round."""
    span = later_tick - earlier_tick
    if span >= HALF:
        return span - PERIOD
    if span < -HALF:
        return span + PERIOD
    return span


def plus_ms(tick, span_ms):
    """The tick `span_ms` after `tick`; the span is under 2^28."""
    after = tick + span_ms
    return after - PERIOD if after >= PERIOD else after


class Clock:
    """Pump time as a tick and as seconds `s` with the milliseconds `ms` within.

    `started_s` is where pump time stood when power went: time without power is
    unknown and counts as none, so every age that is kept is a lower bound.
    """

    def __init__(self, tick, started_s, started_ms=0):
        self.tick = tick
        self.s = started_s
        self.ms = started_ms

    def advance(self, tick):
        """Follow the board's tick; one that went back is ignored."""
        span_ms = elapsed_ms(tick, self.tick)
        if span_ms <= 0:
            return
        self.tick = tick
        ms = self.ms + span_ms
        self.s += ms // 1000
        self.ms = ms % 1000
