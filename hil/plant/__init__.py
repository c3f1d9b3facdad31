"""The simulated physics of the pump: what a bench would have of tube, fluid and sensors.

It knows nothing of firmware or rigs and imports the standard library only.
Volumes are nL, pressures kPa gauge (readings Pa), times integer ms.

    plant      the whole, under one virtual clock: start here
    specimen   its parts, its faults, its temperature and battery
    values     its settings, and what its sensors say
    pulses     the same plant stepped pulse by pulse, and its sensors at any instant
    rotor      angle, ripple, stroke volumes, encoder
    tube       what wear, warmth and pressure leave of a stroke
    hydraulics reservoir -> line, free flow, the books on every nL
    line       compliance, catheter, slip, pinch, in closed form
    reservoir, flow_sensor, pressure_sensor, temperature, battery, balance, comparisons, total
"""

from hil.plant.battery import BatterySettings
from hil.plant.flow_sensor import FlowSensorSettings
from hil.plant.line import LineSettings
from hil.plant.plant import Plant
from hil.plant.pulses import PulseDrive
from hil.plant.rotor import RotorSettings
from hil.plant.tube import TubeSettings
from hil.plant.values import Burst, Look, PlantSettings

__all__ = [
    "BatterySettings",
    "Burst",
    "FlowSensorSettings",
    "LineSettings",
    "Look",
    "Plant",
    "PlantSettings",
    "PulseDrive",
    "RotorSettings",
    "TubeSettings",
]
