"""Which step of the basal programme applies, by a wall clock that may be wrong (SR12, SR20).

A clock that was set never raises the rate within the present step: until a step
starts, by the old clock or by the new one, the lower of both rates applies.
Wall time that is invalid means the lowest step.
"""

from pump.core.schedule import QUARTER_S


class Flex:
    """Follows a Week with the rate of each step; `rate_nl_per_h` applies until `due_s`.

    `second` is the local second of the week, None while the wall clock is invalid.
    Pump time is in whole seconds.
    """

    def __init__(self, week, rates_nl_per_h):
        self._week = week
        self._rates = rates_nl_per_h
        self.lowest_nl_per_h = min(rates_nl_per_h) if rates_nl_per_h else 0
        self.rate_nl_per_h = self.lowest_nl_per_h
        self.due_s = 0
        self.step = _NO_STEP  # number of the step that applies

    def follow(self, now_s, second):
        """Adopt what the clock says."""
        self.step, self.rate_nl_per_h, wait_s = self._by(second)
        self.due_s = now_s + wait_s

    def clock_was_set(self, now_s, second):
        """The clock jumped: lower the rate if need be, raise it only when a step starts."""
        was_valid = self.timed()  # else no step starts by the old one
        self.step, rate_nl_per_h, wait_s = self._by(second)
        self.rate_nl_per_h = min(self.rate_nl_per_h, rate_nl_per_h)
        self.due_s = min(self.due_s, now_s + wait_s) if was_valid else now_s + wait_s

    def timed(self):
        """True while a step applies by the wall clock, not for want of it."""
        return self.step != _NO_STEP

    def _by(self, second):
        if not self._rates:
            return _NO_STEP, 0, _LOOK_AGAIN_S
        if second is None:
            return _NO_STEP, self.lowest_nl_per_h, _LOOK_AGAIN_S
        step = self._week.order[self._week.place(second // QUARTER_S)]
        wait_s = self._week.left_s(second)
        return step, self._rates[step], _DAY_S if wait_s is None else wait_s


_NO_STEP = 0xFF  # none, by a clock that is invalid
_LOOK_AGAIN_S = 900
_DAY_S = 86_400
