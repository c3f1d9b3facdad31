"""What is wrong now, and the kind of rate it leads to (SR06, SR69).

The catalogue (priority, rate, latched or not) is in thecal_wire.codes; what the
safe rate is, in safe_rate.py.
"""

from thecal_wire import codes


class Alarms:
    """The active alarms: since when, and which stay until a clinician acts."""

    def __init__(self):
        self.active = 0  # bit `code` set = active
        self.latched = 0
        self._since_s = {}
        self._rate = codes.RATE_UNCHANGED
        self._priority = 0

    def raise_(self, code, now_s, latch=False):
        """Make an alarm active; True if it was not yet. `latch` latches one that need not."""
        new = not self.is_active(code)
        if new:
            self._since_s[code] = now_s
        self.active |= 1 << code
        if latch or codes.ALARMS[code][3]:
            self.latched |= 1 << code
        self._weigh()
        return new

    def clear(self, code):
        """End an alarm whose cause is gone; a latched one stays. True if it ended."""
        bit = 1 << code
        if not self.active & bit or self.latched & bit:
            return False
        self.active &= ~bit
        self._weigh()
        return True

    def acknowledge(self):
        """A clinician acts: end all latched alarms; returns their codes."""
        ended = [code for code in codes.ALARMS if self.latched & (1 << code)]
        self.active &= ~self.latched
        self.latched = 0
        self._weigh()
        return ended

    def is_active(self, code):
        """True while an alarm is active."""
        return bool(self.active & (1 << code))

    def lasted_s(self, code, now_s):
        """How long an alarm has been, or was, active."""
        return now_s - self._since_s.get(code, now_s)

    def rate(self):
        """The strictest rate any active alarm leads to: RATE_UNCHANGED, _SAFE or _STOP."""
        return self._rate

    def priority(self):
        """The highest priority of the active alarms, 0 if there is none."""
        return self._priority

    def _weigh(self):
        self._rate = codes.RATE_UNCHANGED
        self._priority = 0
        for code in codes.ALARMS:
            if self.active & (1 << code):
                self._rate = max(self._rate, codes.ALARMS[code][2])
                self._priority = max(self._priority, codes.ALARMS[code][1])
