"""The flex oracle in leaps: the same readings, second for second, without ticking each of them."""

from bisect import bisect_right

from tests.oracles.dosing_flex import WEEK_S, FlexOracle
from tests.oracles.dosing_programme import lowest_step, week_rates


class LeapingFlex(FlexOracle):
    """FlexOracle whose time goes on from one change to the next; tested against the original."""

    def _table(self):
        self.by_quarter = week_rates(self.programme)
        self._starts = sorted({(day * 96 + start) * 900 for days, start, _ in self.programme.steps
                               for day in days})
        self._lowest = lowest_step(self.programme)

    def to_start(self, local_s):
        """Seconds until a step starts, by a clock; one that starts now is a week away."""
        following = bisect_right(self._starts, local_s)
        if following < len(self._starts):
            return self._starts[following] - local_s
        return self._starts[0] + WEEK_S - local_s

    def leap(self, seconds):
        """Let time pass; yields (seconds, rates) for each stretch in which no rate changes."""
        while seconds > 0:
            span, holding = seconds, False
            if self.valid:
                span = min(span, self.to_start(self.local()))
            for reading in self._all():
                if reading.hold is not None:
                    holding = True
                    for clock in reading.old:
                        span = min(span, self.to_start(clock))
            yield span, self.allowed() if holding else {self._rate(self.plain)}
            self._pass(span, holding)
            seconds -= span

    def _pass(self, span, holding):
        self.utc_s += span - 1
        if holding:
            for reading in self._all():
                if reading.old:
                    reading.old = [(clock + span - 1) % WEEK_S for clock in reading.old]
            self.tick()
        else:
            self.utc_s += 1

    def advance(self, seconds):
        for _ in self.leap(seconds):
            pass

    def allowed(self):
        if not self.running:
            return {0}
        if not self.valid:
            return {self._lowest}
        if all(reading.hold is None for reading in self._all()):
            return {self._at(self.local())}
        return super().allowed()
