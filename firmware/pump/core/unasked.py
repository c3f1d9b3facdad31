"""Did the rotor turn although nobody permitted a stroke (SR54)?"""

from pump.core.stroke_check import COUNTS_PER_STROKE, turned

COUNTS = COUNTS_PER_STROKE // 4  # far above the encoder's noise, far below a stroke


class Unasked:
    """Follows the encoder between strokes; `seen` once it moved by itself."""

    def __init__(self):
        self._rest: int | None = None  # where the last stroke left the rotor
        self.seen = False

    def stroke(self, encoder):
        """A permitted stroke ended here."""
        self._rest = encoder

    def look(self, encoder):
        """Take in the encoder with the rotor at rest; True if it should be read once more."""
        if encoder is None:
            return False
        if self._rest is None:
            self._rest = encoder
            return False
        return abs(turned(self._rest, encoder)) >= COUNTS

    def reset(self):
        """A clinician acted: the rotor rests where it is."""
        self._rest = None
        self.seen = False
