"""The line from the rotor to the tip: an elastic volume behind a thin catheter.

::

    rotor --> [flow sensor] --> elastic volume C --> catheter R --> tip, at P_back
       <-- slip, k * P --

    dS/dt = q - k * P - (P - P_back) / R,   S = C * P

Pressures are gauge, kPa, against the reservoir; so slip is k * P, and at rest a
leaking rotor draws k * P_back back in at the tip (0.002 uL/h with the defaults).
A pinch closes the catheter: fluid is stored until the release lets it out.

For a constant inflow q the equation has a closed form; it is used here written
in p = P - P_back, so that nothing cancels and no step size enters. Defaults are
the design's (compliance 0.1 uL/kPa, of 0.02 to 0.5; time constant R * C = 2 s).
"""

from dataclasses import dataclass
from math import expm1

from hil.plant.total import Total


@dataclass(frozen=True, slots=True)
class LineSettings:
    """Elasticity, resistance, back pressure and leak of one line."""

    compliance_nl_per_kpa: float = 100.0
    resistance_kpa_s_per_nl: float = 0.02
    back_pressure_kpa: float = 1.0
    slip_nl_per_s_kpa: float = 0.0005


class Line:
    """Pressure now, and what has left at either end since the start.

    Starts at rest with P = P_back; `stored_nl` counts from there. At all times
    inflow = delivered + stored + slipped.
    """

    def __init__(self, settings: LineSettings) -> None:
        self._c = settings.compliance_nl_per_kpa
        self._open = 1.0 / settings.resistance_kpa_s_per_nl
        self._back_kpa = settings.back_pressure_kpa
        self._slip = settings.slip_nl_per_s_kpa
        self._over_kpa: float = 0.0
        self._delivered_nl = Total()
        self._slipped_nl = Total()
        self.pinched = False

    def flow(self, seconds: float, inflow_nl_per_s: float) -> float:
        """Let the inflow run for a while; returns what slipped back meanwhile, nL."""
        out = 0.0 if self.pinched else self._open
        leak = self._slip + out
        drive = inflow_nl_per_s - self._slip * self._back_kpa
        if leak:
            surplus = drive - leak * self._over_kpa
            rise_kpa = -expm1(-leak * seconds / self._c) * surplus / leak
            area_kpa_s = (drive * seconds - self._c * rise_kpa) / leak
        else:
            rise_kpa = drive * seconds / self._c
            area_kpa_s = 0.0  # weighed by no conductance, it moves nothing
        slipped_nl = self._slip * (area_kpa_s + self._back_kpa * seconds)
        self._over_kpa += rise_kpa
        self._delivered_nl.add(out * area_kpa_s)
        self._slipped_nl.add(slipped_nl)
        return slipped_nl

    @property
    def pressure_kpa(self) -> float:
        """Gauge pressure in the elastic volume, kPa."""
        return self._back_kpa + self._over_kpa

    @property
    def slip_nl_per_s(self) -> float:
        """Flow back through the rotor at the present pressure, nL/s."""
        return self._slip * self.pressure_kpa

    @property
    def delivered_nl(self) -> float:
        """Out of the tip since the start, nL."""
        return self._delivered_nl.value

    @property
    def slipped_nl(self) -> float:
        """Back to the reservoir since the start, nL."""
        return self._slipped_nl.value

    @property
    def stored_nl(self) -> float:
        """Held by the elastic volume above what it held at the start, nL."""
        return self._c * self._over_kpa
