"""Lockout of the patient bolus (SR13, SR19, SR20).

It begins at the end of a bolus and lasts as that bolus's profile says; it
begins again, as long as the longest profile says, after programming, refill
and a loss of power. On pump time; a running lockout is never shortened.
"""


class Lockout:
    """Until when requests wait, in seconds of pump time."""

    def __init__(self):
        self.until_s = 0

    def restart(self, now_s, lockout_s):
        """Lockout runs from `now_s`, unless the one that runs lasts longer."""
        self.until_s = max(self.until_s, now_s + lockout_s)

    def left_s(self, now_s):
        """Seconds until a request is allowed; 0 when it is."""
        left_s = self.until_s - now_s
        return left_s if left_s > 0 else 0
