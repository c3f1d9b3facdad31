"""The ring oscillator's random bit, from a seed: nonces differ, and runs repeat."""

import random

from rp2040py.peripherals.peripheral import BasePeripheral
from rp2040py.rp2040 import RP2040

_RANDOM_BIT = 0x1C
_STATUS = 0x18
_STABLE_AND_ENABLED = 1 << 31 | 1 << 12


class RingOscillator(BasePeripheral):
    """ROSC: runs, is stable, and gives a random bit at each read."""

    def __init__(self, rp2040: RP2040, seed: int) -> None:
        super().__init__(rp2040, "ROSC")
        self._random = random.Random(f"{seed}/ring oscillator")

    def read_uint32(self, offset: int) -> int:
        """A register."""
        if offset == _RANDOM_BIT:
            return self._random.getrandbits(1)
        return _STABLE_AND_ENABLED if offset == _STATUS else 0

    def write_uint32(self, offset: int, value: int) -> None:
        """Its settings make no difference here."""
