"""The liquid flow sensor, after the Sensirion SLF3S-0600F.

The part answers with a signed 16-bit count of 0.1 uL/min (scale factor 10 per
uL/min, as published drivers have it). Range, noise and the spread of gain and
offset are stated from memory of the data sheet and UNVERIFIED here; check them
before a figure that rests on them leaves the project.

It sits between rotor and elastic volume and so sees what the rotor moves, free
flow, and slip going back. Response time is not modelled.

With temperature its gain and offset drift by at most 0.1 % and 0.04 uL/min per degC:
what is published of a sister part, the SLI-1000, UNVERIFIED for this one. Its second
word is the temperature, 200 counts per degC.
"""

from dataclasses import dataclass
from random import Random

from hil.plant.temperature import BODY_MDEGC

COUNTS_PER_UL_PER_MIN = 10.0
UL_PER_MIN_PER_NL_PER_S = 0.06
LIMIT_RAW = 32_500  # +-3250 uL/min, then the count stays there
COUNTS_PER_DEGC = 200

LOT_GAIN_SD = 0.015
LOT_OFFSET_SD_UL_PER_MIN = 0.3
GAIN_DRIFT_PPM_PER_DEGC = 1_000
OFFSET_DRIFT_NL_PER_MIN_PER_DEGC = 40


@dataclass(frozen=True, slots=True)
class FlowSensorSettings:
    """One sensor.

    gain_error: reading / truth - 1; None = drawn from N(0, 1.5 %).
    offset_ul_per_min: reading at no flow; None = drawn from N(0, 0.3 uL/min).
    noise_ul_per_min: standard deviation of one 20 ms sample.
    gain_drift_ppm_per_degc: None = drawn evenly from within +-1,000.
    offset_drift_nl_per_min_per_degc: None = drawn evenly from within +-40.
    """

    gain_error: float | None = None
    offset_ul_per_min: float | None = None
    noise_ul_per_min: float = 0.4
    gain_drift_ppm_per_degc: int | None = None
    offset_drift_nl_per_min_per_degc: int | None = None


class FlowSensor:
    """Faults: `gain_permille` on top of the part's own error, `stuck_raw`, `dead` (no answer).

    Gain and offset are those at 37 degC; with 1000 permille it reads as when calibrated.
    """

    def __init__(self, settings: FlowSensorSettings, seed: int) -> None:
        lot = Random(f"{seed}/flow sensor lot")
        drawn_gain = lot.gauss(0.0, LOT_GAIN_SD)
        drawn_offset = lot.gauss(0.0, LOT_OFFSET_SD_UL_PER_MIN)
        drawn_gain_drift = lot.randint(-GAIN_DRIFT_PPM_PER_DEGC, GAIN_DRIFT_PPM_PER_DEGC)
        drawn_offset_drift = lot.randint(
            -OFFSET_DRIFT_NL_PER_MIN_PER_DEGC, OFFSET_DRIFT_NL_PER_MIN_PER_DEGC)
        gain, offset = settings.gain_error, settings.offset_ul_per_min
        gain_drift = settings.gain_drift_ppm_per_degc
        offset_drift = settings.offset_drift_nl_per_min_per_degc
        self.gain_error = drawn_gain if gain is None else gain
        self.offset_ul_per_min = drawn_offset if offset is None else offset
        self.gain_drift_ppm_per_degc = drawn_gain_drift if gain_drift is None else gain_drift
        self.offset_drift_nl_per_min_per_degc = (
            drawn_offset_drift if offset_drift is None else offset_drift)
        self._noise_raw = settings.noise_ul_per_min * COUNTS_PER_UL_PER_MIN
        self._random = Random(f"{seed}/flow sensor")
        self.gain_permille = 1000
        self.stuck_raw: int | None = None
        self.dead = False

    def read(self, flow_nl_per_s: float, mdegc: int = BODY_MDEGC) -> int | None:
        """One 20 ms sample of this flow, counts of 0.1 uL/min; None from a dead sensor."""
        if self.dead:
            return None
        if self.stuck_raw is not None:
            return self.stuck_raw
        warmer_degc = (mdegc - BODY_MDEGC) / 1000
        gain = (1.0 + self.gain_error) * (1.0 + self.gain_drift_ppm_per_degc * 1e-6 * warmer_degc)
        offset = self.offset_ul_per_min + self.offset_drift_nl_per_min_per_degc / 1000 * warmer_degc
        gain *= self.gain_permille / 1000
        sensed_ul_per_min = flow_nl_per_s * UL_PER_MIN_PER_NL_PER_S * gain + offset
        clean_raw = sensed_ul_per_min * COUNTS_PER_UL_PER_MIN
        raw = round(self._random.gauss(clean_raw, self._noise_raw))
        if -LIMIT_RAW <= raw <= LIMIT_RAW:
            return raw
        return LIMIT_RAW if raw > 0 else -LIMIT_RAW

    def temperature_counts(self, mdegc: int) -> int | None:
        """The temperature as it tells it, 200 counts per degC; None from a dead sensor."""
        return None if self.dead else round(mdegc * COUNTS_PER_DEGC / 1000)
