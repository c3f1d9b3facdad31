"""What goes into a plant and what its sensors say: plain values."""

from dataclasses import dataclass, field
from typing import NamedTuple

from hil.plant.flow_sensor import FlowSensorSettings
from hil.plant.line import LineSettings
from hil.plant.rotor import RotorSettings


@dataclass(frozen=True, slots=True)
class PlantSettings:
    """One specimen of everything; what is left None in a part is drawn from the seed."""

    seed: int = 1
    reservoir_nl: float = 20e6
    balance_interval_s: float = 60.0
    rotor: RotorSettings = field(default_factory=RotorSettings)
    line: LineSettings = field(default_factory=LineSettings)
    flow_sensor: FlowSensorSettings = field(default_factory=FlowSensorSettings)


class Look(NamedTuple):
    """One sample of each sensor; flow in counts of 0.1 uL/min, None from a dead sensor."""

    flow_raw: int | None
    pressure_pa: int
    encoder_counts: int


class Burst(NamedTuple):
    """What the body hands over after a stroke.

    zero_raw is the rounded mean of 8 flow samples before it, samples are the 15 of the
    stroke, one each 20 ms: counts of 0.1 uL/min. A dead sensor gives None and no
    samples. The pressure is the one at the end.
    """

    duration_ms: int
    encoder_before: int
    encoder_after: int
    zero_raw: int | None
    samples: list[int]
    pressure_pa: int
