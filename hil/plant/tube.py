"""The tube under the rollers: what is left of a stroke's volume, and why.

The rotor knows the volume of a stroke of the new tube at 37 degC and no pressure. The
tube gives a part of it::

    (1 - loss * strokes) * (1 + c * (T - 37 degC)) * (1 - b * P)

Rubber that is kneaded recovers less and less (loss); warm, it is wider and recovers
better (c); against pressure some fluid slips back under the rollers (b). The last is
for the turning rotor only: what leaks through the still one is the line's slip.

All three figures are this project's guesses, UNVERIFIED: no tube has been run. A
million strokes are some three years at 10 uL/h.
"""

from dataclasses import dataclass
from random import Random

from hil.plant.rotor import Rotor
from hil.plant.temperature import BODY_MDEGC

LOT_LOSS_PPM = 10_000  # of the volume, per million strokes
LOT_LOSS_SD_PPM = 3_000
PPM = 1e-6


@dataclass(frozen=True, slots=True)
class TubeSettings:
    """One tube.

    loss_ppm_per_million: part of the new tube's volume that a million strokes cost;
    None = drawn from the lot, N(10,000, 3,000), never below nothing.
    warmth_ppm_per_degc: volume gained for each degree above 37 degC.
    back_pressure_ppm_per_kpa: volume lost for each kPa in the line.
    """

    loss_ppm_per_million: int | None = None
    warmth_ppm_per_degc: int = 300
    back_pressure_ppm_per_kpa: int = 100


class Tube:
    """The tube of this rotor; it wears as far as the rotor turns, commanded or not."""

    def __init__(self, settings: TubeSettings, seed: int, rotor: Rotor) -> None:
        drawn_ppm = round(Random(f"{seed}/tube lot").gauss(LOT_LOSS_PPM, LOT_LOSS_SD_PPM))
        chosen_ppm = settings.loss_ppm_per_million
        self.loss_ppm_per_million = max(0, drawn_ppm) if chosen_ppm is None else chosen_ppm
        self._settings = settings
        self._rotor = rotor
        self._aged_strokes = 0

    def age(self, strokes: int) -> None:
        """The tube has made so many strokes more, at once and without a drop."""
        if strokes < 0:
            raise ValueError(f"tube: it does not get younger, got {strokes} strokes")
        self._aged_strokes += strokes

    @property
    def strokes(self) -> float:
        """Strokes that it has been through; one that lost steps counts for its motion."""
        return self._aged_strokes + self._rotor.turned_strokes

    def part(self, mdegc: int, kpa: float) -> float:
        """What a stroke displaces now, against one of the new tube; never negative."""
        of = self._settings
        worn = 1.0 - self.loss_ppm_per_million * PPM * self.strokes / 1_000_000
        warm = 1.0 + of.warmth_ppm_per_degc * PPM * (mdegc - BODY_MDEGC) / 1000
        held = 1.0 - of.back_pressure_ppm_per_kpa * PPM * kpa
        return max(0.0, worn) * max(0.0, warm) * max(0.0, held)
