"""The peristaltic rotor: an angle that only grows, and the volume it displaces.

Volume follows the angle, not the command. With the position x in strokes::

    dV/dx = v * (1 + a * sin(w * x + phase)),   w = 2 pi * 3 rollers / 16 strokes

so that the ripple `a` sums to zero over a revolution, and a stroke that loses
half of its steps displaces the fluid of half a stroke, at the right place of
the ripple. Each stroke has a jitter of its own: tube and rollers never meet
twice in the same way.

A whole stroke turns by the profile below; a driver that is stepped pulse by
pulse turns a hundredth of a stroke for each.

The shaft carries a 12-bit magnetic encoder (AS5600: 4096 counts a turn) with
a noise of one count. Numbers of the rotor are design values of this project,
not of a product.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import cos, pi
from random import Random

STROKES_PER_REV = 16
ROLLERS = 3
COUNTS_PER_REV = 4096
COUNTS_PER_STROKE = COUNTS_PER_REV // STROKES_PER_REV

STROKE_MS = 300
RAMP_MS = 50
SLICE_MS = 20
SLICES = STROKE_MS // SLICE_MS
PULSES_PER_STROKE = 100

NOMINAL_STROKE_NL = 250.0
LOT_SD = 0.03
FACTORY_ERROR = 0.002

RAD_PER_STROKE = 2 * pi * ROLLERS / STROKES_PER_REV


@dataclass(frozen=True, slots=True)
class RotorSettings:
    """One rotor and its tube.

    stroke_nl: true mean volume of a stroke of the new tube at 37 degC and no pressure, nL;
    None = drawn from the lot, N(250, 3 %). What the tube makes of it later is tube.py's.
    ripple: amplitude of the volume per angle, as a fraction.
    jitter: standard deviation of a stroke's own volume, as a fraction.
    """

    stroke_nl: float | None = None
    ripple: float = 0.04
    jitter: float = 0.003


def moved_fraction(t_ms: float) -> float:
    """Part of a stroke's motion done at `t_ms`: speed up 50 ms, steady, slow down 50 ms."""
    steady_ms = STROKE_MS - RAMP_MS
    if t_ms < RAMP_MS:
        return t_ms**2 / (2 * RAMP_MS * steady_ms)
    if t_ms > steady_ms:
        return 1 - (STROKE_MS - t_ms) ** 2 / (2 * RAMP_MS * steady_ms)
    return (t_ms - RAMP_MS / 2) / steady_ms


PROFILE = tuple(moved_fraction(i * SLICE_MS) for i in range(SLICES + 1))


class Rotor:
    """Where the rotor stands and what a stroke displaces.

    Faults: `stalled` (no motion), `lost_fraction` (0..1 of each stroke's motion is lost),
    `wear_factor` (what a damaged tube gives, on top of its slow wear).
    """

    def __init__(self, settings: RotorSettings, seed: int) -> None:
        lot = Random(f"{seed}/rotor lot")
        drawn_nl = lot.gauss(NOMINAL_STROKE_NL, NOMINAL_STROKE_NL * LOT_SD)
        self.stroke_nl = drawn_nl if settings.stroke_nl is None else settings.stroke_nl
        self.position_strokes = lot.uniform(0, STROKES_PER_REV)
        self._began_strokes = self.position_strokes
        self._phase_rad = lot.uniform(0, 2 * pi)
        self._ripple = settings.ripple
        self._jitter = settings.jitter
        self._random = Random(f"{seed}/rotor")
        self.stalled = False
        self.lost_fraction = 0.0
        self.wear_factor = 1.0
        self._scale_nl = self.stroke_nl

    @property
    def turned_strokes(self) -> float:
        """How far it has turned since the start."""
        return self.position_strokes - self._began_strokes

    def turn(self, tube_part: float = 1.0) -> list[float]:
        """Make one stroke; the volume displaced in each 20 ms of it, nL, never negative.

        `tube_part`: what the tube gives of a new one's volume.
        """
        self.begin_stroke(tube_part)
        motion = self._motion()
        scale_nl = self._scale_nl
        start_rad = RAD_PER_STROKE * self.position_strokes + self._phase_rad
        wave = self._ripple / RAD_PER_STROKE
        # The integral of dV/dx up to each slice's end, per nL of stroke.
        swept = [
            motion * part - wave * cos(start_rad + RAD_PER_STROKE * motion * part)
            for part in PROFILE
        ]
        self.position_strokes += motion
        return [scale_nl * max(0.0, after - before) for before, after in pairwise(swept)]

    def begin_stroke(self, tube_part: float = 1.0) -> None:
        """Draw the jitter of the stroke that begins now."""
        spread = max(0.0, 1.0 + self._random.gauss(0.0, self._jitter))
        self._scale_nl = self.stroke_nl * tube_part * self.wear_factor * spread

    def pulse(self) -> float:
        """Turn by one pulse within a stroke that has begun; the volume displaced, nL."""
        motion = self._motion() / PULSES_PER_STROKE
        start_rad = RAD_PER_STROKE * self.position_strokes + self._phase_rad
        end_rad = start_rad + RAD_PER_STROKE * motion
        wave = self._ripple / RAD_PER_STROKE
        self.position_strokes += motion
        return self._scale_nl * max(0.0, motion - wave * (cos(end_rad) - cos(start_rad)))

    def _motion(self) -> float:
        return 0.0 if self.stalled else 1.0 - self.lost_fraction

    def encoder_counts(self) -> int:
        """What the encoder says, 0..4095, within one count of the truth."""
        true_counts = round(self.position_strokes * COUNTS_PER_STROKE)
        return (true_counts + self._random.choice((-1, 0, 1))) % COUNTS_PER_REV


def weigh_fresh_stroke_pl(settings: RotorSettings, seed: int, strokes: int) -> int:
    """Mean stroke of this rotor when new and at zero pressure, pL, weighed to +-0.2 %."""
    fresh = Rotor(settings, seed)
    weighed_nl = sum(sum(fresh.turn()) for _ in range(strokes))
    error = Random(f"{seed}/factory balance").uniform(-FACTORY_ERROR, FACTORY_ERROR)
    return round(weighed_nl / strokes * (1 + error) * 1000)
