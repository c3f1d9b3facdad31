"""The gauge pressure sensor on the elastic volume.

No part is chosen yet: offset within +-0.3 kPa and noise of 50 Pa are a design
assumption that any small piezoresistive bridge meets.
"""

from random import Random

LOT_OFFSET_PA = 300.0
NOISE_PA = 50.0


class PressureSensor:
    """Fault: `stuck_pa`, the one value it then answers."""

    def __init__(self, seed: int) -> None:
        self._random = Random(f"{seed}/pressure sensor")
        self.offset_pa = self._random.uniform(-LOT_OFFSET_PA, LOT_OFFSET_PA)
        self.stuck_pa: int | None = None

    def read(self, pressure_kpa: float) -> int:
        """One reading, Pa."""
        if self.stuck_pa is not None:
            return self.stuck_pa
        return round(pressure_kpa * 1000 + self.offset_pa + self._random.gauss(0.0, NOISE_PA))
