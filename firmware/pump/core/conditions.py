"""Temperature and battery (SR53, SR63). Figures to be confirmed for a real pump."""

HOT_CDEGC, COLD_CDEGC = 4_500, 500  # strokes stop beyond
HOT_AGAIN_CDEGC, COLD_AGAIN_CDEGC = 4_300, 800  # and go on within
ERI_MV, EOS_MV = 2_600, 2_400
IN_A_ROW = 3

FINE, ERI, EOS = 0, 1, 2


class Temperature:
    """`outside` while the pump is too hot or too cold; three readings in a row decide."""

    def __init__(self):
        self.outside = False
        self._seen = 0

    def look(self, cdegc):
        """Take in a reading in 1/100 degC; None tells nothing."""
        if cdegc is None:
            return
        if self.outside:
            other = COLD_AGAIN_CDEGC <= cdegc <= HOT_AGAIN_CDEGC
        else:
            other = not COLD_CDEGC <= cdegc <= HOT_CDEGC
        self._seen = self._seen + 1 if other else 0
        if self._seen >= IN_A_ROW:
            self.outside = not self.outside
            self._seen = 0


class Battery:
    """`state` FINE, ERI (replace soon) or EOS (at its end); it never goes back."""

    def __init__(self):
        self.state = FINE
        self._seen = 0

    def look(self, mv):
        """Take in a voltage in mV; None tells nothing."""
        if mv is None:
            return
        now = EOS if mv < EOS_MV else ERI if mv < ERI_MV else FINE
        self._seen = self._seen + 1 if now > self.state else 0
        if self._seen >= IN_A_ROW:
            self.state += 1
            self._seen = 0
