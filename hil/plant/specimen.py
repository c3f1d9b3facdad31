"""The parts of one pump, and what a rig may do to them.

Everything random comes from the seed, each part from a stream of its own. Each fault
and each change holds from now on.
"""

from hil.plant.balance import Balance
from hil.plant.battery import Battery
from hil.plant.flow_sensor import FlowSensor
from hil.plant.hydraulics import Hydraulics
from hil.plant.line import Line
from hil.plant.pressure_sensor import PressureSensor
from hil.plant.reservoir import Reservoir
from hil.plant.rotor import Rotor
from hil.plant.temperature import Temperature
from hil.plant.tube import Tube
from hil.plant.values import PlantSettings


class Specimen:
    """Parts made to these settings, at a time in us that somebody else moves."""

    def __init__(self, settings: PlantSettings) -> None:
        self.settings = settings
        self.now_us = 0
        self.strokes = 0  # commanded, whether the rotor followed or not
        self.rotor = Rotor(settings.rotor, settings.seed)
        self.tube = Tube(settings.tube, settings.seed, self.rotor)
        self.line = Line(settings.line)
        self.reservoir = Reservoir(settings.reservoir_nl)
        self.hydraulics = Hydraulics(self.reservoir, self.line)
        self.flow_sensor = FlowSensor(settings.flow_sensor, settings.seed)
        self.pressure_sensor = PressureSensor(settings.seed)
        self.battery = Battery(settings.battery)
        self.balance = Balance(settings.balance_interval_s)
        self._temperature = Temperature(settings.temperature_mdegc)

    def pinch(self, pinched: bool) -> None:
        """Close or open the catheter; the balance keeps a point of this instant."""
        self.line.pinched = pinched
        self.balance.mark(self.now_us // 1000, self.line.delivered_nl)

    def stall(self, stalled: bool) -> None:
        """The rotor does not follow its commands."""
        self.rotor.stalled = stalled

    def lose_steps(self, fraction: float) -> None:
        """Each stroke loses this part (0..1) of its motion."""
        if not 0 <= fraction <= 1:
            raise ValueError(f"rotor: lost fraction must be 0 to 1, got {fraction}")
        self.rotor.lost_fraction = fraction

    def wear(self, factor: float) -> None:
        """The tube is damaged: a stroke has `factor` times its volume. `tube.age` wears it."""
        self.rotor.wear_factor = factor

    def free_flow(self, nl_per_min: float) -> None:
        """Fluid runs through the still rotor."""
        if nl_per_min < 0:
            raise ValueError(f"free flow must not be negative, got {nl_per_min} nL/min")
        self.hydraulics.free_nl_per_s = nl_per_min / 60

    def set_reservoir(self, nl: float) -> None:
        """Fill (or draw) the reservoir to these contents; clears air."""
        self.reservoir.fill(nl)

    def sensor_gain(self, factor: float) -> None:
        """The flow sensor reads `factor` times what it did when calibrated."""
        self.flow_sensor.gain_permille = round(factor * 1000)

    def sensor_stuck(self, raw: int | None) -> None:
        """The flow sensor repeats one count, or is freed."""
        self.flow_sensor.stuck_raw = raw

    def sensor_dead(self, dead: bool) -> None:
        """The flow sensor does not answer."""
        self.flow_sensor.dead = dead

    def pressure_stuck(self, pa: int | None) -> None:
        """The pressure sensor repeats one value, or is freed."""
        self.pressure_sensor.stuck_pa = pa

    # Temperature and battery

    @property
    def temperature_mdegc(self) -> int:
        """Of tube, fluid and flow sensor. Set, it is that at once and stays."""
        return self._temperature.at(self.now_us)

    @temperature_mdegc.setter
    def temperature_mdegc(self, mdegc: int) -> None:
        self._temperature.put(mdegc, self.now_us)

    def surroundings(self, mdegc: int) -> None:
        """The pump is brought to where it is so warm, and follows slowly."""
        self._temperature.approach(mdegc, self.now_us)

    @property
    def battery_mv(self) -> int:
        """The voltage at the pump. Set, a supply keeps it there (see Battery.hold)."""
        return self.battery.mv(self.now_us, self.strokes)

    @battery_mv.setter
    def battery_mv(self, mv: int) -> None:
        self.battery.hold(mv)
