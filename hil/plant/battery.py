"""The battery: a primary cell that is emptied by time and by strokes.

Its voltage falls little over most of its life and then fast. Charge is counted in
whole nA us, so that a life of years of microseconds loses none of it. It is a design
value for an implant's lithium cell, UNVERIFIED: with 10 uL/h and strokes of 250 nL it
lasts seven years and a half, 2.60 V come four months before its end and 2.40 V one. A
bench board with a Pico on it draws a thousand times as much.

Whether the pump has power is the rig's business: the cell does not know.
"""

from dataclasses import dataclass

NA_US_PER_NAH = 3_600_000_000
PPM = 1_000_000
MOST_MV = 6_000

# (charge left in ppm of the capacity, mV), with straight lines between.
CURVE = (
    (0, 1_800), (15_000, 2_400), (50_000, 2_600), (150_000, 2_850), (950_000, 2_950),
    (PPM, 3_050),
)


@dataclass(frozen=True, slots=True)
class BatterySettings:
    """One cell, and what the pump takes from it.

    idle_na: all but the motor, on the mean. stroke_nah: the motor, for one stroke.
    """

    capacity_uah: int = 1_500_000
    idle_na: int = 15_000
    stroke_nah: int = 200


class Battery:
    """Fault: `unsensed`, the wire that measures it is broken."""

    def __init__(self, settings: BatterySettings) -> None:
        self._settings = settings
        self._used_uah = 0
        self._held_mv: int | None = None
        self.unsensed = False

    def use(self, uah: int) -> None:
        """Take this charge at once."""
        if uah < 0:
            raise ValueError(f"battery: it cannot be charged, got {uah} uAh")
        self._used_uah += uah

    def hold(self, mv: int | None) -> None:
        """A supply stands in for the cell and keeps this voltage; None gives the cell back."""
        if mv is not None and not 0 <= mv <= MOST_MV:
            raise ValueError(f"battery: its voltage must be 0 to {MOST_MV} mV, got {mv}")
        self._held_mv = mv

    def left_ppm(self, now_us: int, strokes: int) -> int:
        """Charge left in millionths of the capacity, after so much time and so many strokes."""
        of = self._settings
        capacity_na_us = of.capacity_uah * 1000 * NA_US_PER_NAH
        used_na_us = (self._used_uah * 1000 + of.stroke_nah * strokes) * NA_US_PER_NAH
        used_na_us += of.idle_na * now_us
        return max(0, capacity_na_us - used_na_us) * PPM // capacity_na_us

    def mv(self, now_us: int, strokes: int) -> int:
        """The voltage, with the motor still."""
        if self._held_mv is not None:
            return self._held_mv
        return voltage_mv(self.left_ppm(now_us, strokes))


def voltage_mv(left_ppm: int) -> int:
    """Voltage of a cell with this charge left, 0 to 1,000,000 ppm of its capacity."""
    above = next(i for i, (ppm, _) in enumerate(CURVE) if i and left_ppm <= ppm)
    (low_ppm, low_mv), (high_ppm, high_mv) = CURVE[above - 1], CURVE[above]
    return low_mv + (left_ppm - low_ppm) * (high_mv - low_mv) // (high_ppm - low_ppm)
