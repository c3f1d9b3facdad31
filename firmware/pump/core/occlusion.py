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
        self.resumes = 0  # of the last 24 h
        self._resumed_s = [0] * RESUMES_MAX

    def latched(self):
        """True once it may no longer resume by itself."""
        return self.resumes >= RESUMES_MAX

    def recall(self, resumes, now_s):
        """After a restart: so many resumes count, as if they had just been."""
        self.resumes = min(resumes, RESUMES_MAX)
        for i in range(self.resumes):
            self._resumed_s[i] = now_s

    def look(self, pressure_pa, now_s):
        """Take in a pressure; `blocked` tells the result."""
        while self.resumes and not self.blocked and now_s - self._resumed_s[0] >= DAY_S:
            self._forget_oldest()
        if pressure_pa >= self.threshold_pa:
            self.blocked = True
        elif self.blocked and pressure_pa < self.threshold_pa // 2 and not self.latched():
            self.blocked = False
            self._resumed_s[self.resumes] = now_s
            self.resumes += 1

    def reset(self):
        """A clinician acted: start counting anew."""
        self.blocked = False
        self.resumes = 0

    def _forget_oldest(self):
        self.resumes -= 1
        for i in range(self.resumes):
            self._resumed_s[i] = self._resumed_s[i + 1]
