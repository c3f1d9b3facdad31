"""How long nobody looked: the gaps between two comparisons of the flow.

The guard must see free flow within 2 s, so somebody (firmware or the body that
sleeps for it) has to compare the sensed flow with the threshold all the time.
An attempt counts even on a dead sensor: this judges the schedule.
"""


class Comparisons:
    """Counts comparisons and the largest virtual time between two of them."""

    def __init__(self) -> None:
        self.count = 0
        self.last_ms: int | None = None
        self._largest_ms = 0

    def note(self, now_ms: int) -> None:
        """A comparison is made now."""
        self._largest_ms = self.largest_gap_ms(now_ms)
        self.last_ms = now_ms
        self.count += 1

    def forget(self, now_ms: int) -> None:
        """Power goes: the gap ends here, and none begins before the next comparison."""
        self._largest_ms = self.largest_gap_ms(now_ms)
        self.last_ms = None

    def largest_gap_ms(self, now_ms: int) -> int:
        """Largest gap so far, the one still open included."""
        if self.last_ms is None:
            return self._largest_ms
        return max(self._largest_ms, now_ms - self.last_ms)
