"""I2C buses with time-outs: whatever fails gives False, and is counted by device.

A device that holds the clock low for ever costs at most TIMEOUT_US a try. One
that failed three times in a row is left alone for a while, so that it cannot
eat the control step; the others on its bus are asked all the same.
"""

from machine import I2C, Pin

TIMEOUT_US = 2_000
FAILURES = 3
REST_LOOKS = 20  # calls skipped after that


class Bus:
    """One I2C controller at 400 kHz."""

    def __init__(self, number, sda, scl):
        self._i2c = I2C(number, sda=Pin(sda), scl=Pin(scl), freq=400_000, timeout=TIMEOUT_US)

    def device(self, address):
        """The device at `address`."""
        return Device(self._i2c, address)


class Device:
    """Reads into, and writes from, the caller's buffers; allocates nothing."""

    def __init__(self, i2c, address):
        self._i2c = i2c
        self._address = address
        self._failures = 0
        self._resting = 0

    def read_register(self, register, buffer):
        """Fill `buffer` from a register on; False if the device did not answer."""
        if self._rests():
            return False
        try:
            self._i2c.readfrom_mem_into(self._address, register, buffer)
        except OSError:
            return self._failed()
        self._failures = 0
        return True

    def read(self, buffer):
        """Fill `buffer`; False if the device did not answer."""
        if self._rests():
            return False
        try:
            self._i2c.readfrom_into(self._address, buffer)
        except OSError:
            return self._failed()
        self._failures = 0
        return True

    def write(self, data):
        """Send `data`; False if the device did not answer."""
        if self._rests():
            return False
        try:
            self._i2c.writeto(self._address, data)
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
        if self._failures >= FAILURES:
            self._failures = 0
            self._resting = REST_LOOKS
        return False
