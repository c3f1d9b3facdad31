"""One life of the board, from power-on to power-off: a processor with everything on its pins."""

from typing import Any

from rp2040py.gpio_pin import GPIOPinState

from hil.emulated.hardware import Hardware
from hil.emulated.i2c import Bus
from hil.emulated.processor import Processor
from hil.emulated.sounder import Sounder
from hil.emulated.usb import UsbHost

# docs/bench-board.md has the drawing.
STEP, DIRECTION, ENABLE_N, BUTTON_N, SOUNDER, LIGHT = 2, 3, 4, 5, 6, 7


class Board:
    """A running processor and the host on its USB port."""

    def __init__(self, hardware: Hardware, seed: int) -> None:
        self.hardware = hardware
        chip = hardware.flash.chip
        self.processor = Processor(chip.contents, seed)
        chip.attach(self.processor)
        mcu = self.processor.rp2040
        self._pins: Any = mcu.gpio
        self.usb = UsbHost(mcu.usb_ctrl)
        self._sounder = Sounder(self.processor.clock, mcu.pwm, SOUNDER, hardware.tone)
        clock = self.processor.clock
        self._buses = (
            Bus(clock, mcu.i2c[0], (hardware.flow_chip, hardware.clock_chip)),
            Bus(clock, mcu.i2c[1], (hardware.encoder_chip,)),
        )
        hardware.analog.attach(mcu.adc)
        self._listen()
        if hardware.level:
            self.set_button(1)
        self.processor.on_reset = self._was_reset

    def set_button(self, level: int) -> None:
        """1 pulls the line to ground, 0 leaves it to the pull-up."""
        pin = self._pins[BUTTON_N]
        if level:
            pin.set_input_value(False)
        else:
            pin.release_input()

    def die(self) -> None:
        """Power is gone."""
        self.hardware.flash.chip.detach()

    def _listen(self) -> None:
        meter = self.processor.meter
        hardware = self.hardware
        pins = self._pins

        def step(value: GPIOPinState, _before: GPIOPinState) -> None:
            if value is GPIOPinState.HIGH:
                meter.reached("pulse")
                hardware.step(pins[ENABLE_N].value is GPIOPinState.LOW,
                              pins[DIRECTION].value is GPIOPinState.HIGH)

        def enable(value: GPIOPinState, _before: GPIOPinState) -> None:
            if value is GPIOPinState.HIGH:
                meter.reached("safe")
            hardware.enable(value is GPIOPinState.LOW)

        def light(value: GPIOPinState, _before: GPIOPinState) -> None:
            hardware.light(int(value is GPIOPinState.HIGH))

        pins[STEP].add_listener(step)
        pins[ENABLE_N].add_listener(enable)
        pins[LIGHT].add_listener(light)
        connected = self.usb.on_device_connected

        def mounted() -> None:
            meter.reached("usb")
            if connected is not None:
                connected()

        self.usb.on_device_connected = mounted

    def _was_reset(self) -> None:
        """A watchdog reset let go of every pin, and rp2040py told nobody."""
        self.hardware.enable(False)
        self.hardware.light(0)
        self._sounder.silence()
        for bus in self._buses:
            bus.reset()
