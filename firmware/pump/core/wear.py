"""What one stroke moves by now: the wear estimator, and its bounds.

Sensed volume per stroke now, against sensed volume per stroke at calibration:
the sensor's own gain cancels, what is left is the tube's wear. A sensor that
reads low must not become an overdose, so more strokes come slowly: the floor
under the estimate sinks by 1 % at most each day, by 5 % in all. What is further
off is not believed.
"""

BATCH = 400  # strokes; the sensor's noise falls below 0.5 %
UP_PERMILLE = 50  # at most this much more strokes in all
UP_A_DAY_PERMILLE = 10
DOUBT_LOW_PERMILLE = 950  # sensed volume below this is not believed
DOUBT_HIGH_PERMILLE = 1_100  # nor above this
DAY_S = 86_400


class Wear:
    """`stroke_pl` is what a stroke counts for; `charge_pl` what the guard charges for it."""

    def __init__(self, calibrated_pl, sensed_pl, now_s):
        self.calibrated_pl = calibrated_pl
        self._sensed_pl = sensed_pl  # at calibration; 0 = not known: no estimate
        self.stroke_pl = calibrated_pl
        self.doubtful = False
        self.ratio_permille = 1_000
        self._strokes = 0
        self._batch_nl = 0
        self._floor_pl = calibrated_pl  # the estimate does not go below
        self._floor_s = now_s  # when it sank last

    def stroke(self, sensed_nl, now_s):
        """Take in one stroke; True when the estimate changed."""
        if self._sensed_pl == 0 or self.doubtful:
            return False
        self._strokes += 1
        self._batch_nl += sensed_nl
        if self._strokes < BATCH:
            return False
        self.ratio_permille = self._batch_nl * 1000 // (BATCH * self._sensed_pl // 1000)
        self._strokes = self._batch_nl = 0
        before_pl = self.stroke_pl
        self._follow(now_s)
        return self.stroke_pl != before_pl

    def reset(self):
        """A clinician acted: believe the sensor again, from calibration on."""
        self.doubtful = False
        self._strokes = self._batch_nl = 0

    def charge_pl(self):
        """The volume that the guard charges: the larger of calibrated and estimated."""
        return max(self.calibrated_pl, self.stroke_pl)

    def extra_permille(self):
        """What a stroke weighs above its calibrated volume, rounded up."""
        return -(-(self.charge_pl() - self.calibrated_pl) * 1000 // self.calibrated_pl)

    def _follow(self, now_s):
        ratio = self.ratio_permille
        if not DOUBT_LOW_PERMILLE <= ratio <= DOUBT_HIGH_PERMILLE:
            self.doubtful = True
            self.stroke_pl = self._floor_pl = self.calibrated_pl
            self._floor_s = now_s
            return
        # Half way each batch: one batch of noise moves the estimate little.
        aim_pl = (self.stroke_pl + self.calibrated_pl * ratio // 1000) // 2
        if aim_pl < self._floor_pl and now_s - self._floor_s >= DAY_S:
            self._floor_s = now_s
            sunk_pl = self._floor_pl - self.calibrated_pl * UP_A_DAY_PERMILLE // 1000
            lowest_pl = self.calibrated_pl * (1000 - UP_PERMILLE) // 1000 + 1
            self._floor_pl = max(aim_pl, sunk_pl, lowest_pl)
        self.stroke_pl = max(aim_pl, self._floor_pl)
