"""The fluid's way from the reservoir through the line, and the books on it.

At all times::

    displaced + free = delivered + stored + slipped          (to 1e-6 nL)
    reservoir = filled in - displaced - free + slipped       (to 1e-3 nL)
"""

from hil.plant.line import Line
from hil.plant.reservoir import Reservoir
from hil.plant.total import Total


class Hydraulics:
    """Reservoir and line, the flow between them, and what went that way in nL.

    `free_nl_per_s` is the free-flow fault: what runs through the still rotor.
    """

    def __init__(self, reservoir: Reservoir, line: Line) -> None:
        self.reservoir = reservoir
        self.line = line
        self.free_nl_per_s = 0.0
        self._displaced_nl = Total()
        self._free_nl = Total()

    def rest(self, seconds: float) -> None:
        """Time with the rotor still: free flow, if any, until the reservoir is dry."""
        if self.free_nl_per_s:
            free_nl = self.reservoir.take(self.free_nl_per_s * seconds)
            self._free_nl.add(free_nl)
            running_s = min(seconds, free_nl / self.free_nl_per_s)
            self._pass(running_s, self.free_nl_per_s)
            seconds -= running_s
        self._pass(seconds, 0.0)

    def push(self, seconds: float, rotor_nl: float) -> float:
        """Time in which the rotor moves `rotor_nl`; the flow the sensor sees, nL/s."""
        displaced_nl = self.reservoir.take(rotor_nl)
        free_nl = self.reservoir.take(self.free_nl_per_s * seconds)
        self._displaced_nl.add(displaced_nl)
        self._free_nl.add(free_nl)
        inflow_nl_per_s = (displaced_nl + free_nl) / seconds
        self._pass(seconds, inflow_nl_per_s)
        return inflow_nl_per_s - self.line.slip_nl_per_s

    @property
    def still_nl_per_s(self) -> float:
        """The flow the sensor sees now, with the rotor still, nL/s."""
        free_nl_per_s = 0.0 if self.reservoir.dry else self.free_nl_per_s
        return free_nl_per_s - self.line.slip_nl_per_s

    @property
    def sensed_nl(self) -> float:
        """What has gone through the flow sensor since the start, slip going back, nL."""
        return self._displaced_nl.value + self._free_nl.value - self.line.slipped_nl

    @property
    def displaced_nl(self) -> float:
        """Fluid moved by the rotor since the start, nL; air does not count."""
        return self._displaced_nl.value

    @property
    def free_nl(self) -> float:
        """Free flow since the start, nL."""
        return self._free_nl.value

    def _pass(self, seconds: float, inflow_nl_per_s: float) -> None:
        self.reservoir.give_back(self.line.flow(seconds, inflow_nl_per_s))
