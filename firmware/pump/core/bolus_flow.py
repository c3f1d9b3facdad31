"""A bolus as a flow of its own beside basal: a rate until an end; it can pause (SR21)."""

from pump.core.clock import elapsed_ms, plus_ms


class BolusFlow:
    """Runs, is paused, or is idle. Rates in nL/h, ends as ticks."""

    def __init__(self):
        self.running = False
        self.paused = False
        self.rate_nl_per_h = 0
        self.end_tick = 0
        self._left_ms = 0
        self.nl = 0
        self.strokes = 0  # made while it ran

    def begin(self, tick, volume_nl, duration_s):
        """Give `volume_nl`, never more, over `duration_s`."""
        self.running, self.paused = True, False
        self.nl = volume_nl
        self.strokes = 0
        self.rate_nl_per_h = volume_nl * 3600 // duration_s
        self.end_tick = plus_ms(tick, duration_s * 1000)

    def end(self):
        """Be idle."""
        self.running = self.paused = False

    def pause(self, tick):
        """Wait; what is left is given after `resume`."""
        if self.running:
            self.running, self.paused = False, True
            self._left_ms = max(0, elapsed_ms(self.end_tick, tick))

    def resume(self, tick):
        """Go on after a pause."""
        if self.paused:
            self.running, self.paused = True, False
            self.end_tick = plus_ms(tick, self._left_ms)

    def left_ms(self, tick):
        """Time it will still run, pauses not counted; 0 when idle."""
        if self.paused:
            return self._left_ms
        return max(0, elapsed_ms(self.end_tick, tick)) if self.running else 0

    def over(self, tick):
        """True if its end has come."""
        return self.running and elapsed_ms(tick, self.end_tick) >= 0
