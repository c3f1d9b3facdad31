"""Pauses of therapy: too long (SR10, SR56), or too many in short order (SR55)."""

LONG_STOP_S = 172_800  # 48 h: the patient's tolerance may be gone
STOP_STARTS = 3
STOP_STARTS_S = 600


def too_long(now_s, last_stroke_s, off_s):
    """True if no stroke was made for 48 h; `off_s` is time without power, as far as known."""
    return now_s - last_stroke_s + off_s > LONG_STOP_S


class StopStarts:
    """Alarms that stopped flow; three within 10 min are one too many."""

    def __init__(self):
        self._at_s = [0] * STOP_STARTS
        self._count = 0

    def stopped(self, now_s):
        """Take in a stop by an alarm; True if it is one too many."""
        at_s = self._at_s
        for i in range(STOP_STARTS - 1):
            at_s[i] = at_s[i + 1]
        at_s[STOP_STARTS - 1] = now_s
        self._count = min(self._count + 1, STOP_STARTS)
        return self._count == STOP_STARTS and now_s - at_s[0] <= STOP_STARTS_S

    def reset(self):
        """A clinician acted: count anew."""
        self._count = 0
