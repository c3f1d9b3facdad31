"""One I2C bus with time-outs: whatever fails gives None or False, and is counted.

A device that holds the clock low for ever costs at most TIMEOUT_US a try;
after three failures in a row the bus is left alone for a while, so that a dead
bus cannot eat the control step.
"""

from machine import I2C, Pin

TIMEOUT_US = 2_000
REST_LOOKS = 50  # calls skipped after three failures in a row


class Bus:
    """Reads into, and writes from, the caller's buffers; allocates nothing."""

    def __init__(self, number, sda, scl):
        self._i2c = I2C(number, sda=Pin(sda), scl=Pin(scl), freq=400_000, timeout=TIMEOUT_US)
        self._failures = 0
        self._resting = 0

    def read_register(self, address, register, buffer):
        """Fill `buffer` from a register on; False if the device did not answer."""
        if self._rests():
            return False
        try:
            self._i2c.readfrom_mem_into(address, register, buffer)
        except OSError:
            return self._failed()
        self._failures = 0
        return True

    def read(self, address, buffer):
        """Fill `buffer`; False if the device did not answer."""
        if self._rests():
            return False
        try:
            self._i2c.readfrom_into(address, buffer)
        except OSError:
            return self._failed()
        self._failures = 0
        return True

    def write(self, address, data):
        """Send `data`; False if the device did not answer."""
        if self._rests():
            return False
        try:
            self._i2c.writeto(address, data)
        except OSError:
            return self._failed()
        self._failures = 0
        return True

    def _rests(self):
        if self._resting:
            self._resting -= 1
            return True
        return False

    def _failed(self):
        self._failures += 1
        if self._failures >= 3:
            self._failures = 0
            self._resting = REST_LOOKS
        return False
