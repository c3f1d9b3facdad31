"""An I2C bus with the time that its bytes take, and what can go wrong on it.

The controller of the RP2040 asks (start, address, bytes, stop) and is answered when the
bits would have gone over the wire at the speed that the firmware has set: 9 for a byte.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any

from rp2040py.peripherals.i2c import I2CMode, I2CState

CYCLE_NS = 8
_BYTE_BITS = 9
_START_BITS = _STOP_BITS = 1


class Fault(Enum):
    """What is wrong with one device; the last three are the device's own affair."""

    NONE = "none"
    SILENT = "silent"  # does not acknowledge
    STRETCHES = "stretches"  # holds the clock low for ever: nobody gets on
    BAD_CRC = "bad crc"
    STUCK = "stuck"  # repeats its last answer
    OUT_OF_RANGE = "out of range"


class Device:
    """One chip on the bus; a kind of chip overrides what happens on it.

    `reads` counts the transfers in which it was read.
    """

    address = 0

    def __init__(self) -> None:
        self._fault = Fault.NONE
        self.on_mended: Callable[[], None] = lambda: None
        self.reads = 0

    @property
    def fault(self) -> Fault:
        """What is wrong with it."""
        return self._fault

    @fault.setter
    def fault(self, fault: Fault) -> None:
        self._fault = fault
        if fault is not Fault.STRETCHES:
            self.on_mended()

    def begin(self, reading: bool) -> bool:
        """It is addressed; True to acknowledge."""
        del reading
        return True

    def write(self, byte: int) -> bool:
        """A byte arrives; True to acknowledge."""
        del byte
        return True

    def read(self) -> int:
        """The next byte of its answer."""
        return 0xFF

    def end(self) -> None:
        """A stop ends the transfer."""


class Bus:
    """One controller and its devices."""

    def __init__(self, clock: Any, controller: Any, devices: tuple[Device, ...]) -> None:
        self._clock = clock
        self._controller = controller
        self._devices = {device.address: device for device in devices}
        self._device: Device | None = None
        self._answer: Callable[[], None] = lambda: None
        self._alarm = clock.create_alarm(lambda: self._answer())
        self._held = False
        for device in devices:
            device.on_mended = self.release
        controller.on_connect = self._connect
        controller.on_write_byte = self._write
        controller.on_read_byte = self._read
        controller.on_stop = self._stop

    def release(self) -> None:
        """A device that held the clock lets it go: the transfer of then is lost."""
        if self._held and not self._stretched():
            self._held = False
            self.reset()

    def reset(self) -> None:
        """The controller was reset, or its transfer is lost: the bus is idle."""
        self._alarm.cancel()
        self._device = None
        controller = self._controller
        controller._state = I2CState.IDLE
        controller._busy = controller._stop = controller._pending_restart = False

    def _stretched(self) -> bool:
        return any(device.fault is Fault.STRETCHES for device in self._devices.values())

    def _after(self, bits: int, answer: Callable[[], None]) -> None:
        if self._stretched():
            self._held = True
            return
        controller = self._controller
        bit_cycles = controller.scl_high_period + controller.scl_low_period
        self._answer = answer
        self._alarm.schedule(bits * bit_cycles * CYCLE_NS)

    def _connect(self, address: int, mode: I2CMode) -> None:
        device = self._devices.get(address)
        reading = mode == I2CMode.READ

        def answer() -> None:
            self._device = None
            if device is not None and device.fault is not Fault.SILENT and device.begin(reading):
                self._device = device
            if self._device is not None and reading:
                self._device.reads += 1
            self._controller.complete_connect(self._device is not None)

        self._after(_START_BITS + _BYTE_BITS, answer)

    def _write(self, value: int) -> None:
        def answer() -> None:
            self._controller.complete_write(self._device is not None and self._device.write(value))

        self._after(_BYTE_BITS, answer)

    def _read(self, _acknowledge: bool) -> None:
        def answer() -> None:
            self._controller.complete_read(0xFF if self._device is None else self._device.read())

        self._after(_BYTE_BITS, answer)

    def _stop(self) -> None:
        def answer() -> None:
            if self._device is not None:
                self._device.end()
            self._device = None
            self._controller.complete_stop()

        self._after(_STOP_BITS, answer)
