"""The emulated rig: the real image on an emulated Pico, with the simulated plant on its pins.

A thread of its own runs it; the methods hand it their work and wait. While nothing
advances it, time stands (or runs with `factor` times real time) but for what the
firmware needs to answer its port (engine.py says how that ends).
"""

import os
import queue
import select
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from hil.emulated import uf2
from hil.emulated.engine import Engine
from hil.emulated.flash import TYPICAL, FlashChip, FlashCut, FlashTimes
from hil.emulated.hardware import Hardware
from hil.emulated.meter import Meter
from hil.plant import Plant, PlantSettings
from hil.rigs.host_port import HostPort
from hil.rigs.interface import Rig, Weighed

T = TypeVar("T")

IMAGE = Path(__file__).resolve().parents[2] / "build" / "thecal-pico.uf2"
_LONELY_S = 0.005  # how often to look for a host while the port is not open
_REAL_TIME_STEP_S = 0.02
_MOST_BEHIND_S = 0.5  # a machine too slow for real time does not pile up what it owes
BOUNCE_MS = (0, 3, 5, 9, 12)  # down, up, down, up, down within the first ms of a real switch


class NoImage(Exception):
    """There is no firmware image; the message says how to make one."""


class EmulatedRig(Rig):
    """One emulated pump; use it as a context manager.

    flash_image: the firmware's 368 blocks, as of VirtualRig. image: the UF2 to run.
    times: how long the flash chip works.
    """

    capabilities = frozenset(
        "power cut_in_flash time button pinch reservoir battery temperature sensor_fault balance "
        "sounder light enable steps usb".split())

    def __init__(self, settings: PlantSettings | None = None, flash_image: bytes | None = None,
                 image: Path = IMAGE, times: FlashTimes = TYPICAL) -> None:
        settings = settings or PlantSettings()
        if not image.exists():
            raise NoImage(f"no firmware image at {image}: run `make firmware` first")
        self.plant = Plant(settings)
        self.host_port = HostPort()
        self.hardware = Hardware(self.plant, FlashChip(uf2.read(image), times), flash_image)
        self.engine = Engine(self.hardware, self.host_port, settings.seed)
        self.factor = 0.0  # simulated seconds per second while nothing advances
        self._commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._bell_out, self._bell_in = os.pipe()
        self._closing = False
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._serve, name="emulated rig", daemon=True)
        self._thread.start()

    def __enter__(self) -> "EmulatedRig":
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    # --- Rig ------------------------------------------------------------------

    @property
    def port(self) -> str:
        return self.host_port.path

    @property
    def now_s(self) -> float:
        return self.engine.now_ms / 1000

    def power_on(self) -> None:
        def power_on() -> None:
            self.engine.power_on()
            self.engine.settle()
        self.do(power_on)

    def power_off(self) -> None:
        self.do(self.engine.power_off)

    def advance(self, seconds: float) -> None:
        self.do(lambda: self.engine.run(self.engine.now_ms + round(seconds * 1000)))

    def press(self, held_s: float = 0.5, bounce: bool = True) -> None:
        self.do(lambda: self.press_now(held_s, bounce))

    def pinch(self, closed: bool) -> None:
        self.do(lambda: self.plant.pinch(closed))

    def temperature(self, mdegc: int) -> None:
        def bring() -> None:
            self.plant.temperature_mdegc = mdegc
        self.do(bring)

    def battery(self, mv: int) -> None:
        self.do(lambda: self.plant.battery.hold(mv))

    def weigh(self) -> Weighed:
        return self.do(lambda: Weighed(self.now_s, self.plant.balance_nl))

    def close(self) -> None:
        if self._closing:
            return
        self._closing = True
        self._ring()
        self._thread.join()
        self.engine.close()
        self.host_port.close()
        os.close(self._bell_in)
        os.close(self._bell_out)

    # --- what only an emulated rig can do ---------------------------------------

    def cut_in_flash(self, cut: FlashCut) -> None:
        """Take power in a flash operation to come; `engine.last_cut` says when it came."""
        self.do(lambda: self.engine.cut_in_flash(cut))

    def hang(self) -> None:
        """The firmware hangs: it does nothing more until the watchdog resets it."""
        self.engine.hang()

    def meter(self) -> Meter:
        """Times of the running processor; use it by `do`."""
        if self.engine.board is None:
            raise RuntimeError("the pump has no power: there is nothing to time")
        return self.engine.board.processor.meter

    def at(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something in the rig's thread when its time gets there."""
        self.do(lambda: self.engine.at(round(seconds * 1000), action))

    def do(self, action: Callable[[], T]) -> T:
        """Run something in the rig's thread and return its result; no time passes for it."""
        done = threading.Event()
        results: list[T] = []
        errors: list[Exception] = []

        def command() -> None:
            try:
                self.engine.hardware.sync()
                results.append(action())
            except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
                errors.append(error)
            finally:
                done.set()

        if self._failure is not None:
            raise self._failure
        self._commands.put(command)
        self._ring()
        done.wait()
        if errors:
            raise errors[0]
        return results[0]

    def press_now(self, held_s: float, bounce: bool = True) -> None:
        """Like `press`, from within the rig's thread (`at`)."""
        now_ms = self.engine.now_ms
        steps = BOUNCE_MS if bounce else (0,)
        for begin_ms, first in ((now_ms, 1), (now_ms + round(held_s * 1000), 0)):
            for index, at_ms in enumerate(steps):
                self._edge_at(begin_ms + at_ms, (first + index) % 2)

    def _edge_at(self, ms: int, level: int) -> None:
        self.engine.at(ms, lambda: self.engine.set_button(level))

    # --- the thread -----------------------------------------------------------

    def _ring(self) -> None:
        os.write(self._bell_in, b"!")

    def _serve(self) -> None:
        poll = select.poll()
        poll.register(self._bell_out, select.POLLIN)
        began = time.monotonic()
        while not self._closing:
            self._wait(poll)
            try:
                while not self._commands.empty():
                    self._commands.get()()
                began = self._keep_pace(began) if self.factor else self._answer()
            except Exception as error:  # noqa: BLE001 - told to whoever uses the rig next
                self._failure = error
                return

    def _answer(self) -> float:
        self.engine.answer()
        return time.monotonic()

    def _keep_pace(self, began: float) -> float:
        """Let as much time pass as went by outside, as far as this machine can."""
        due_ms = int(1000 * min(time.monotonic() - began, _MOST_BEHIND_S) * self.factor)
        self.engine.run(self.engine.now_ms + due_ms)
        return max(began + due_ms / 1000 / self.factor, time.monotonic() - _MOST_BEHIND_S)

    def _wait(self, poll: "select.poll") -> None:
        """Until a command, a byte from the host, or the next step of real time."""
        timeout_s = _REAL_TIME_STEP_S if self.factor else None
        connected = self.host_port.connected
        if connected:
            # What a full pty did not take goes on as the host reads; no time passes for it.
            unsent = 0 if self.host_port.drained() else select.POLLOUT
            poll.register(self.host_port.fileno(), select.POLLIN | unsent)
        else:
            timeout_s = _LONELY_S
        for descriptor, _flags in poll.poll(None if timeout_s is None else 1000 * timeout_s):
            if descriptor == self._bell_out:
                os.read(self._bell_out, 4096)
        if connected:
            poll.unregister(self.host_port.fileno())
