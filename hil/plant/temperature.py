"""The pump's temperature: one figure for tube, fluid and flow sensor.

It stays where it is put, or goes to that of its surroundings with one time constant,
a guess for a can of some 150 g under the skin, UNVERIFIED.
"""

from math import exp

BODY_MDEGC = 37_000  # at which the parts are what their settings say
TIME_CONSTANT_S = 600
LEAST_MDEGC, MOST_MDEGC = -40_000, 100_000
US_PER_S = 1_000_000


class Temperature:
    """In 1/1000 degC, in closed form: asking often or seldom changes nothing."""

    def __init__(self, mdegc: int) -> None:
        self.put(mdegc, 0)

    def put(self, mdegc: int, now_us: int) -> None:
        """It is this at once, and stays so."""
        self._check(mdegc)
        self._from_mdegc = self._to_mdegc = mdegc
        self._since_us = now_us

    def approach(self, mdegc: int, now_us: int) -> None:
        """The surroundings change: from now on it goes there."""
        self._check(mdegc)
        self._from_mdegc, self._to_mdegc = self.at(now_us), mdegc
        self._since_us = now_us

    def at(self, now_us: int) -> int:
        """What it is at a time, not before the last change."""
        apart_mdegc = self._from_mdegc - self._to_mdegc
        if apart_mdegc == 0:
            return self._to_mdegc
        constants = (now_us - self._since_us) / (TIME_CONSTANT_S * US_PER_S)
        return self._to_mdegc + round(apart_mdegc * exp(-constants))

    @staticmethod
    def _check(mdegc: int) -> None:
        if not LEAST_MDEGC <= mdegc <= MOST_MDEGC:
            raise ValueError(f"temperature must be {LEAST_MDEGC} to {MOST_MDEGC} mdegC, "
                             f"got {mdegc}")
