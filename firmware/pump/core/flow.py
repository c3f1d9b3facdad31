"""Flow control: turns an ordered rate into strokes, exactly (SR01, SR11).

The ordered volume is integrated; a stroke is due when ordered minus delivered
reaches one stroke. One stroke at most is ever pending: what is missed beyond
it is lost and counted, never caught up.
"""

from pump.core.clock import elapsed_ms
from pump.core.units import CREDIT_PER_NL, CREDIT_PER_PL, STROKE_WIDEST_PL

_CHUNK_MS = 900_000  # keeps rate x seconds below 2^30


class FlowControl:
    """Integrates `rate_nl_per_h`; credit counts in 1/3600 pL (units.py).

    `pending` is 1 while a stroke is due. `ordered_nl` and `lost_nl` grow until
    whoever reports them takes them.
    """

    def __init__(self, stroke_pl, tick):
        self.stroke_pl = stroke_pl
        self._stroke = stroke_pl * CREDIT_PER_PL
        self._at = tick
        self._credit = 0
        self.pending = 0
        self.rate_nl_per_h = 0
        self.held = False
        self.ordered_nl = 0
        self._ordered_rest = 0
        self.lost_nl = 0
        self._lost_rest_pl = 0

    def set_stroke(self, tick, stroke_pl):
        """From `tick` on a stroke counts for this volume; the part-filled one stays."""
        self.advance(tick)
        stroke_pl = min(stroke_pl, STROKE_WIDEST_PL)
        self.stroke_pl = stroke_pl
        self._stroke = stroke_pl * CREDIT_PER_PL
        if self._credit >= self._stroke:
            self._credit = 0
            self._complete()

    def set_rate(self, tick, rate_nl_per_h):
        """Change the rate from `tick` on; the part-filled stroke stays."""
        self.advance(tick)
        self.rate_nl_per_h = rate_nl_per_h

    def hold(self, tick, on):
        """While held everything ordered is lost; afterwards the credit is zero."""
        self.advance(tick)
        if on and not self.held:
            self._lose_pl(self._credit // CREDIT_PER_PL + self.pending * self.stroke_pl)
            self._credit = 0
            self.pending = 0
        self.held = on

    def restart(self, tick):
        """Begin anew at `tick` with no credit, what it held is lost: a full interval first."""
        self._at = tick
        self._lose_pl(self._credit // CREDIT_PER_PL + self.pending * self.stroke_pl)
        self._credit = 0
        self.pending = 0

    def advance(self, tick):
        """Integrate up to `tick`."""
        left_ms = elapsed_ms(tick, self._at)
        if left_ms <= 0:
            return
        self._at = tick
        while left_ms > 0:
            span_ms = left_ms if left_ms < _CHUNK_MS else _CHUNK_MS
            left_ms -= span_ms
            volume_nl = self._order(span_ms)
            if self.held:
                self.lost_nl += volume_nl
            else:
                self._fill(span_ms)

    def next_due_ms(self, tick):
        """Time from `tick` until a stroke is due; None if none will be."""
        if self.pending:
            return 0
        if self.rate_nl_per_h == 0 or self.held:
            return None
        wait_ms = self._full_ms() - elapsed_ms(tick, self._at)
        return wait_ms if wait_ms > 0 else 0

    def stroke_made(self, moved, expected):
        """Take the pending stroke; a rotor that moved less than `expected` owes the rest."""
        self.pending = 0
        if moved >= expected:
            return
        owed = self._stroke // expected * (expected - (moved if moved > 0 else 0))
        room = self._stroke - self._credit  # their sum would not be small
        if owed >= room:
            self._credit = owed - room
            self._complete()
        else:
            self._credit += owed

    def _full_ms(self):
        return (self._stroke - self._credit + self.rate_nl_per_h - 1) // self.rate_nl_per_h

    def _order(self, span_ms):
        # rate x span would need 60 bits; seconds and milliseconds apart fit 30.
        seconds = self.rate_nl_per_h * (span_ms // 1000)
        rest = (seconds % 3600) * 1000 + self.rate_nl_per_h * (span_ms % 1000) + self._ordered_rest
        self._ordered_rest = rest % CREDIT_PER_NL
        volume_nl = seconds // 3600 + rest // CREDIT_PER_NL
        self.ordered_nl += volume_nl
        return volume_nl

    def _fill(self, span_ms):
        while self.rate_nl_per_h:
            full_ms = self._full_ms()
            if span_ms < full_ms:
                self._credit += self.rate_nl_per_h * span_ms
                return
            self._credit = self.rate_nl_per_h * full_ms - (self._stroke - self._credit)
            self._complete()
            span_ms -= full_ms

    def _complete(self):
        if self.pending:
            self._lose_pl(self.stroke_pl)
        self.pending = 1

    def _lose_pl(self, volume_pl):
        volume_pl += self._lost_rest_pl
        self.lost_nl += volume_pl // 1000
        self._lost_rest_pl = volume_pl % 1000
