"""Is the line blocked (SR50)?

Strokes stop at once when the line pressure reaches the threshold, or, above
10 kPa, has risen by 400 Pa or more with each of 20 strokes; they go on by
themselves when it is under half of it, at most RESUMES_MAX times in 24 h; then
the alarm stays until a clinician acts.
"""

RESUMES_MAX = 6
SLOPE_PA = 400  # a stroke into a closed line of 0.5 uL/kPa raises it by 500 Pa
SLOPE_STROKES = 20
SLOPE_FROM_PA = 10_000  # above the back pressure of a free line
DAY_S = 86_400


class Occlusion:
    """Follows the line pressure in Pa."""

    def __init__(self, threshold_pa):
        self.threshold_pa = threshold_pa
        self.blocked = False
        self._clear_pa = threshold_pa // 2  # flow goes on below
        self.resumes = 0  # of the last 24 h
        self._resumed_s = [0] * RESUMES_MAX
        self._stroke_pa = 0  # after the last stroke
        self._rises = 0

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
            self._clear_pa = self.threshold_pa // 2
        elif self.blocked and pressure_pa < self._clear_pa and not self.latched():
            self.blocked = False
            self._resumed_s[self.resumes] = now_s
            self.resumes += 1

    def stroke(self, pressure_pa, now_s):
        """Take in the pressure after a stroke: its slope tells before the threshold does."""
        rising = pressure_pa - self._stroke_pa >= SLOPE_PA and pressure_pa > SLOPE_FROM_PA
        self._rises = self._rises + 1 if rising else 0
        self._stroke_pa = pressure_pa
        self.look(pressure_pa, now_s)
        if self._rises >= SLOPE_STROKES:
            self._rises = 0
            self.blocked = True
            self._clear_pa = min(self.threshold_pa, pressure_pa) // 2

    def reset(self):
        """A clinician acted: start counting anew."""
        self.blocked = False
        self.resumes = 0

    def _forget_oldest(self):
        self.resumes -= 1
        for i in range(self.resumes):
            self._resumed_s[i] = self._resumed_s[i + 1]
