"""The liquid flow sensor, after the Sensirion SLF3S-0600F.

The part answers with a signed 16-bit count of 0.1 uL/min (scale factor 10 per
uL/min, as published drivers have it). Range, noise and the spread of gain and
offset are stated from memory of the data sheet and UNVERIFIED here; check them
before a figure that rests on them leaves the project.

It sits between rotor and elastic volume and so sees what the rotor moves, free
flow, and slip going back. Response time and temperature are not modelled.
"""

from dataclasses import dataclass
from random import Random

COUNTS_PER_UL_PER_MIN = 10.0
UL_PER_MIN_PER_NL_PER_S = 0.06
LIMIT_RAW = 32_500  # +-3250 uL/min, then the count stays there

LOT_GAIN_SD = 0.015
LOT_OFFSET_SD_UL_PER_MIN = 0.3


@dataclass(frozen=True, slots=True)
class FlowSensorSettings:
    """One sensor.

    gain_error: reading / truth - 1; None = drawn from N(0, 1.5 %).
    offset_ul_per_min: reading at no flow; None = drawn from N(0, 0.3 uL/min).
    noise_ul_per_min: standard deviation of one 20 ms sample.
    """

    gain_error: float | None = None
    offset_ul_per_min: float | None = None
    noise_ul_per_min: float = 0.4


class FlowSensor:
    """Faults: `gain_factor` on top of the part's own error, `stuck_raw`, `dead` (no answer)."""

    def __init__(self, settings: FlowSensorSettings, seed: int) -> None:
        lot = Random(f"{seed}/flow sensor lot")
        drawn_gain = lot.gauss(0.0, LOT_GAIN_SD)
        drawn_offset = lot.gauss(0.0, LOT_OFFSET_SD_UL_PER_MIN)
        gain, offset = settings.gain_error, settings.offset_ul_per_min
        self.gain_error = drawn_gain if gain is None else gain
        self.offset_ul_per_min = drawn_offset if offset is None else offset
        self._noise_raw = settings.noise_ul_per_min * COUNTS_PER_UL_PER_MIN
        self._random = Random(f"{seed}/flow sensor")
        self.gain_factor = 1.0
        self.stuck_raw: int | None = None
        self.dead = False

    def read(self, flow_nl_per_s: float) -> int | None:
        """One 20 ms sample of this flow, counts of 0.1 uL/min; None from a dead sensor."""
        if self.dead:
            return None
        if self.stuck_raw is not None:
            return self.stuck_raw
        gain = (1.0 + self.gain_error) * self.gain_factor
        sensed_ul_per_min = flow_nl_per_s * UL_PER_MIN_PER_NL_PER_S * gain + self.offset_ul_per_min
        clean_raw = sensed_ul_per_min * COUNTS_PER_UL_PER_MIN
        raw = round(self._random.gauss(clean_raw, self._noise_raw))
        if -LIMIT_RAW <= raw <= LIMIT_RAW:
            return raw
        return LIMIT_RAW if raw > 0 else -LIMIT_RAW
