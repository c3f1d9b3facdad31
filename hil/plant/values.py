"""What goes into a plant and what its sensors say: plain values."""

from dataclasses import dataclass, field
from typing import NamedTuple

from hil.plant.battery import BatterySettings
from hil.plant.flow_sensor import FlowSensorSettings
from hil.plant.line import LineSettings
from hil.plant.rotor import RotorSettings
from hil.plant.temperature import BODY_MDEGC
from hil.plant.tube import TubeSettings


@dataclass(frozen=True, slots=True)
class PlantSettings:
    """One specimen of everything; what is left None in a part is drawn from the seed."""

    seed: int = 1
    reservoir_nl: float = 20e6
    balance_interval_s: float = 60.0
    temperature_mdegc: int = BODY_MDEGC
    rotor: RotorSettings = field(default_factory=RotorSettings)
    tube: TubeSettings = field(default_factory=TubeSettings)
    line: LineSettings = field(default_factory=LineSettings)
    flow_sensor: FlowSensorSettings = field(default_factory=FlowSensorSettings)
    battery: BatterySettings = field(default_factory=BatterySettings)


class Look(NamedTuple):
    """One sample of each sensor; None from a dead one.

    Flow in counts of 0.1 uL/min, temperature in 1/100 degC as the flow sensor has it.
    """

    flow_raw: int | None
    pressure_pa: int
    encoder_counts: int
    temperature_cdegc: int | None
    battery_mv: int | None


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
