"""Does drug flow while the rotor stands still (SR47)?

The board watches the sensor every second while the firmware sleeps and wakes
it at the threshold; two looks in a row above it are free flow. Flow below the
threshold (3 uL/min above zero) is not seen here, nor up to 1 uL/min more that
crept in slowly enough to pass for the sensor's zero: the reservoir's balance
bounds both.
"""

IN_A_ROW = 2
ZERO_MAX_RAW = 10  # three sigma of the sensor's offset


class FreeFlow:
    """Follows the flow sensor, in counts of 0.1 uL/min, between strokes."""

    def __init__(self, limit_raw):
        self._limit_raw = limit_raw
        self._zero_raw = 0
        self._seen = 0

    def threshold_raw(self):
        """The reading from which on a look counts as flow; also the board's wake-up level."""
        return self._zero_raw + self._limit_raw

    def zero(self, zero_raw):
        """Adopt the sensor's zero, taken with the rotor still.

        A large one may be real flow: it is not adopted, so that it cannot hide itself.
        """
        if -ZERO_MAX_RAW <= zero_raw <= ZERO_MAX_RAW:
            self._zero_raw = zero_raw

    def look(self, flow_raw):
        """Take in a reading with the rotor still."""
        self._seen = self._seen + 1 if flow_raw >= self.threshold_raw() else 0

    def suspected(self):
        """True after a first reading above the threshold: look again at once."""
        return 0 < self._seen < IN_A_ROW

    def present(self):
        """True if drug flows unasked."""
        return self._seen >= IN_A_ROW

    def reset(self):
        """A clinician acted: look anew."""
        self._seen = 0
