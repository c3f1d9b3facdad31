"""Was as much fluid moved as the strokes should have moved (SR47, SR48, SR49)?

Judged over a volume, not a time: at 2 uL/h a quarter hour holds two strokes.
"""

STROKES = 40  # 10 uL: what must pass before a verdict
TOLERANCE_PERCENT = 15  # Open PCA and the field's usual bound

NOTHING, OVER, UNDER = 0, 1, 2


class InfusionCheck:
    """Compares sensed with expected volume, 40 strokes at a time."""

    def __init__(self, expected_nl):
        self._low_nl = STROKES * expected_nl // 100 * (100 - TOLERANCE_PERCENT)
        self._high_nl = STROKES * expected_nl // 100 * (100 + TOLERANCE_PERCENT)
        self._strokes = 0
        self._sensed_nl = 0

    def begins(self):
        """True if a batch has just begun: the last one had its verdict."""
        return self._strokes == 0

    def stroke(self, sensed_nl):
        """Take in what the sensor saw of one stroke; OVER or UNDER once 40 say so."""
        self._strokes += 1
        self._sensed_nl += sensed_nl
        if self._strokes < STROKES:
            return NOTHING
        verdict = NOTHING
        if self._sensed_nl > self._high_nl:
            verdict = OVER
        elif self._sensed_nl < self._low_nl:
            verdict = UNDER
        self._strokes = self._sensed_nl = 0
        return verdict
