"""Is the line blocked (SR50)?

Strokes stop at once when the line pressure reaches the threshold, and go on by
themselves when it is under half of it, at most RESUMES_MAX times in 24 h; then
the alarm stays until a clinician acts.
"""

RESUMES_MAX = 6
DAY_S = 86_400


class Occlusion:
    """Follows the line pressure in Pa."""

    def __init__(self, threshold_pa):
        self.threshold_pa = threshold_pa
        self.blocked = False
        self.resumes = 0
        self.day_s = 0

    def latched(self):
        """True once it may no longer resume by itself."""
        return self.resumes >= RESUMES_MAX

    def look(self, pressure_pa, now_s):
        """Take in a pressure; `blocked` tells the result."""
        if now_s - self.day_s >= DAY_S:
            self.day_s = now_s
            self.resumes = 0
        if pressure_pa >= self.threshold_pa:
            self.blocked = True
        elif self.blocked and pressure_pa < self.threshold_pa // 2 and not self.latched():
            self.blocked = False
            self.resumes += 1

    def reset(self, now_s):
        """A clinician acted: start counting anew."""
        self.blocked = False
        self.resumes = 0
        self.day_s = now_s
