"""The Pico as a hal.Board."""

import io
import os
import select
import time

import machine

from pump.board import hal
from pump.board.pico import pins
from pump.board.pico.analog import Analog
from pump.board.pico.encoder import Encoder
from pump.board.pico.flash import Flash
from pump.board.pico.flow_sensor import FlowSensor
from pump.board.pico.i2c import Bus
from pump.board.pico.people import People
from pump.board.pico.rtc import Clock
from pump.board.pico.step_gate import StepGate
from pump.board.pico.usb import Usb
from pump.board.pico.watchdog import Watchdog
from thecal_wire import codes, halpipe

_TICK_MASK = (1 << 29) - 1
_STROKE_SAMPLES = 15
_SAMPLE_MS = 20
_ZERO_SAMPLES = 4
_WATCH_MS = 990  # the guard wants to see free flow within 2 s, and a look a second
_POLL_READ = 1  # MP_STREAM_POLL_RD
_IOCTL_POLL = 3  # MP_STREAM_POLL


class _ButtonEvents(io.IOBase):
    """Lets `select.poll` wake on a button edge."""

    def __init__(self, people):
        self._people = people

    def ioctl(self, request, argument):
        if request == _IOCTL_POLL:
            return argument & _POLL_READ if self._people.waiting() else 0
        return -1


class PicoBoard(hal.Board):
    """All drivers of the bench board; every reading is a value or None, never an exception."""

    def __init__(self):
        hal.Board.__init__(self)
        self._gate = StepGate()  # first: the motor is off before anything else happens
        self._dog = Watchdog()
        sensors = Bus(0, pins.SENSOR_SDA, pins.SENSOR_SCL)
        self._flow = FlowSensor(sensors)
        self._clock = Clock(sensors)
        self._encoder = Encoder(Bus(1, pins.ENCODER_SDA, pins.ENCODER_SCL))
        self._analog = Analog()
        self._people = People()
        self._flash = Flash()
        self._usb = Usb()
        self._look = hal.Look()
        self._burst = hal.Burst()
        self._samples = [0] * _STROKE_SAMPLES
        self._events = select.poll()
        self._events.register(self._usb.object, select.POLLIN)
        self._events.register(_ButtonEvents(self._people), select.POLLIN)
        self._events.ipoll(0)  # takes the memory that it keeps now, not in the first step
        self._looked = time.ticks_ms()
        self._flow.start()
        self._dog.start()  # a hang in the recovery, too, is reset

    # --- time -----------------------------------------------------------------

    def now(self):
        return time.ticks_ms() & _TICK_MASK  # pyright: ignore[reportOperatorIssue]

    def sleep(self, duration_ms, watch_raw):
        """Wait in WFE; look at the flow every second on the way."""
        begun = time.ticks_ms()
        while True:
            flags = self._awake()
            left_ms = duration_ms - time.ticks_diff(time.ticks_ms(), begun)
            if flags or left_ms <= 0:
                return flags
            due_ms = _WATCH_MS - time.ticks_diff(time.ticks_ms(), self._looked)
            if due_ms <= 0:
                if self._crosses(watch_raw):
                    return halpipe.WAKE_FLOW
                continue
            for _ in self._events.ipoll(min(left_ms, due_ms)):
                break

    def _awake(self):
        flags = halpipe.WAKE_USB if self._usb.waiting() else 0
        return flags | halpipe.WAKE_BUTTON if self._people.waiting() else flags

    def _crosses(self, watch_raw):
        self._looked = time.ticks_ms()
        raw = self._flow.flow_raw()
        return watch_raw is not None and raw is not None and raw >= watch_raw

    # --- pump and sensors -----------------------------------------------------

    def look(self):
        self._looked = time.ticks_ms()
        look = self._look
        self._flow.look(look)
        look.pressure_pa = self._analog.pressure_pa()
        look.encoder = self._encoder.counts()
        look.battery_mv = self._analog.battery_mv()
        return look

    def stroke(self, permit):
        self.admit(permit)
        burst = self._burst
        burst.encoder_before = self._encoder.counts()
        burst.zero_raw = self._zero()
        began = time.ticks_ms()
        self._gate.stroke()
        whole = True
        for i in range(_STROKE_SAMPLES):
            wait_ms = _SAMPLE_MS * (i + 1) - time.ticks_diff(time.ticks_ms(), began)
            if wait_ms > 0:
                time.sleep_ms(wait_ms)
            raw = self._flow.flow_raw()
            if raw is None:
                whole = False
            else:
                self._samples[i] = raw
        burst.samples = self._samples if whole else None
        burst.encoder_after = self._encoder.counts()
        burst.pressure_pa = self._analog.pressure_pa()
        self._looked = time.ticks_ms()
        return burst

    def _zero(self):
        total = 0
        for _ in range(_ZERO_SAMPLES):
            raw = self._flow.flow_raw()
            if raw is None:
                return None
            total += raw
        return total // _ZERO_SAMPLES

    def gate(self, least_ms):
        self._gate.gate(least_ms)

    def enable(self, on):
        self._gate.enable(on)

    # --- flash, USB, people, clocks ------------------------------------------

    def flash_read(self, address, count):
        return self._flash.read(address, count)

    def flash_read_into(self, address, buffer):
        self._flash.read_into(address, buffer)

    def flash_view(self, address, count):
        return self._flash.view(address, count)

    def flash_blank(self, address, count):
        return self._flash.blank(address, count)

    def flash_program(self, address, data):
        self._flash.program(address, data)

    def flash_erase(self, block):
        self._flash.erase(block)

    def usb_read(self, most):
        return self._usb.read(most)

    def usb_write(self, data, start):
        return self._usb.write(data, start)

    def buttons(self):
        return self._people.level(), self._people.edges()

    def sound(self, pattern):
        self._people.sound(pattern)

    def light(self, pattern):
        self._people.light(pattern)

    def wall_get(self):
        return self._clock.read()

    def wall_known(self):
        return self._clock.known()

    def wall_set(self, seconds):
        self._clock.write(seconds)

    def feed(self):
        self._dog.feed()

    def scratch_get(self):
        cause = codes.RESET_POWER
        if machine.reset_cause() == machine.WDT_RESET:
            cause = codes.RESET_WATCHDOG
        return cause, self._dog.scratch(0), self._dog.scratch(1), self._dog.scratch(2)

    def scratch_set(self, a, b, c):
        self._dog.keep(0, a)
        self._dog.keep(1, b)
        self._dog.keep(2, c)

    def random(self, count):
        return os.urandom(count)

    def trace(self, text):
        """No console on this body: the link's trace is a frame of its own."""
