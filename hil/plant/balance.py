"""The balance under the catheter's tip: the judge of every delivery.

It weighs without error; the trace it keeps is thinned so that a month fits.
"""


class Balance:
    """Trace of the cumulative volume out of the tip.

    `series` holds (time in ms, nL): the first point at the start, then one at the
    first chance after each interval, and one wherever the rig asks for a mark.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_ms = interval_s * 1000
        self.series: list[tuple[int, float]] = [(0, 0.0)]

    def note(self, now_ms: int, nl: float) -> None:
        """Keep this value if the last one is an interval old."""
        if now_ms - self.series[-1][0] >= self._interval_ms:
            self.series.append((now_ms, nl))

    def mark(self, now_ms: int, nl: float) -> None:
        """Keep this value whatever its age."""
        self.series.append((now_ms, nl))
