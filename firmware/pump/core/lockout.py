"""Lockout and count of the patient bolus (SR13, SR15, SR19, SR20).

Lockout counts from the end of a bolus to the next request, on pump time. It
starts again after programming, refill and any power cut. No wall clock here.
"""


class Lockout:
    """Whether lockout and count allow a request at a pump time in seconds."""

    def __init__(self):
        self.from_s = 0
        self.begun = False  # nothing has ever started a lockout

    def restart(self, now_s):
        """Lockout counts from `now_s`; never from earlier than it did."""
        if not self.begun or now_s > self.from_s:
            self.from_s = now_s
        self.begun = True

    def left_s(self, now_s, lockout_s):
        """Seconds until a request is allowed; 0 when it is."""
        if not self.begun:
            return 0
        left_s = self.from_s + lockout_s - now_s
        return left_s if left_s > 0 else 0
