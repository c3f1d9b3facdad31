"""The watchdog, and the scratch words that survive its reset. [RP2040] section 4.7

Scratch 0 to 3 are ours, 4 to 7 belong to the boot ROM. A watchdog reset leaves
them; power-on and the RUN pin clear them.
"""

import machine

TIMEOUT_MS = 8_300  # the counter's limit is 8,388 ms
# Written out: an address is above 2^30, and adding to one would take memory at each turn.
_SCRATCH = (0x4005_800C, 0x4005_8010, 0x4005_8014)


class Watchdog:
    """Started by `start`, and then never stopped."""

    def __init__(self):
        self._dog = None

    def start(self):
        """From now on `feed` must be called in time."""
        self._dog = machine.WDT(timeout=TIMEOUT_MS)

    def feed(self):
        """After a whole control step; starts the watchdog the first time."""
        if self._dog is None:
            self.start()
        self._dog.feed()

    def scratch(self, index):
        """One of the words 0 to 2."""
        return machine.mem32[_SCRATCH[index]] & 0xFFFFFFFF

    def keep(self, index, value):
        """Write one of the words 0 to 2."""
        machine.mem32[_SCRATCH[index]] = value
