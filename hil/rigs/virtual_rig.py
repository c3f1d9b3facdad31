"""The virtual rig: the firmware on MicroPython, and the simulated plant.

A thread of its own serves the firmware; the methods hand it their work and
wait. While nothing advances it, time stands (or runs with `factor` times real
time) and the firmware answers its port all the same.
"""

import os
import queue
import select
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from hil.plant import Plant, PlantSettings
from hil.rigs.engine import CutPlan, Engine
from hil.rigs.firmware_process import FIRMWARE
from hil.rigs.flash import Flash
from hil.rigs.host_port import HostPort
from hil.rigs.interface import Rig, Weighed
from hil.rigs.recording import Recorder
from hil.rigs.services import Edge, Hardware

T = TypeVar("T")

_LONELY_S = 0.005  # how often to look for a host while the port is not open
_REAL_TIME_STEP_S = 0.02
BOUNCE_MS = (0, 3, 5, 9)  # down, up, down, ... within the first ms of a real switch


class VirtualRig(Rig):
    """One virtual pump; use it as a context manager."""

    capabilities = frozenset(
        "power cut_in_flash time button pinch reservoir battery temperature sensor_fault balance "
        "sounder light enable steps usb".split())

    def __init__(self, settings: PlantSettings | None = None, flash_image: bytes | None = None,
                 recording: Path | None = None, main: Path = FIRMWARE) -> None:
        settings = settings or PlantSettings()
        self.plant = Plant(settings)
        self.host_port = HostPort()
        self.hardware = Hardware(self.plant, Flash(flash_image), self.host_port, settings.seed)
        self.engine = Engine(self.hardware, Recorder(recording), main)
        self.factor = 0.0  # virtual seconds per second while nothing advances
        self._commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._bell_out, self._bell_in = os.pipe()
        self._closing = False
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._serve, name="virtual rig", daemon=True)
        self._thread.start()

    def __enter__(self) -> "VirtualRig":
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    # --- Rig ------------------------------------------------------------------

    @property
    def port(self) -> str:
        return self.host_port.path

    @property
    def now_s(self) -> float:
        return self.plant.now_ms / 1000

    def power_on(self) -> None:
        self.do(self.engine.power_on)

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

    # --- what only a virtual rig can do ---------------------------------------

    def cut_at_message(self, count: int, done: float = 0.0) -> None:
        """Take power at the hal call `count` calls from now; a flash operation half way."""
        def plan() -> None:
            self.engine.plan = CutPlan(count, done)
            self.engine.last_cut = None
        self.do(plan)

    def hang(self) -> None:
        """The firmware hangs: it never wakes again until the watchdog resets it."""
        self.engine.hang()

    def at(self, seconds: float, action: Callable[[], None]) -> None:
        """Do something in the rig's thread when its time gets there."""
        self.do(lambda: self.engine.at(round(seconds * 1000), action))

    def do(self, action: Callable[[], T]) -> T:
        """Run something in the rig's thread, let the firmware settle, return its result."""
        done = threading.Event()
        results: list[T] = []
        errors: list[Exception] = []

        def command() -> None:
            try:
                results.append(action())
                self.engine.run(self.engine.now_ms)
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
        held_ms = round(held_s * 1000)
        now_ms = self.engine.now_ms
        steps = BOUNCE_MS if bounce else (0,)
        edges = [Edge(now_ms + at, 1 - index % 2) for index, at in enumerate(steps)]
        if bounce:
            edges.append(Edge(now_ms + 12, 1))
        edges += [Edge(now_ms + held_ms + at, index % 2) for index, at in enumerate(steps)]
        if bounce:
            edges.append(Edge(now_ms + held_ms + 12, 0))
        self.hardware.coming_edges += edges

    # --- the thread -----------------------------------------------------------

    def _ring(self) -> None:
        os.write(self._bell_in, b"!")

    def _serve(self) -> None:
        _share_a_processor()
        poll = select.poll()
        poll.register(self._bell_out, select.POLLIN)
        began = time.monotonic()
        while not self._closing:
            self._wait(poll)
            try:
                while not self._commands.empty():
                    self._commands.get()()
                elapsed_s = time.monotonic() - began
                began += elapsed_s
                self.engine.run(self.engine.now_ms + round(1000 * elapsed_s * self.factor))
            except Exception as error:  # noqa: BLE001 - told to whoever uses the rig next
                self._failure = error
                return

    def _wait(self, poll: "select.poll") -> None:
        """Until a command, a byte from the host, or the next step of real time."""
        timeout_s = _REAL_TIME_STEP_S if self.factor else None
        connected = self.host_port.connected
        if connected:
            poll.register(self.host_port.fileno(), self.host_port.wanted())
        else:
            timeout_s = _LONELY_S
        for descriptor, _flags in poll.poll(None if timeout_s is None else 1000 * timeout_s):
            if descriptor == self._bell_out:
                os.read(self._bell_out, 4096)
        if connected:
            poll.unregister(self.host_port.fileno())


def _share_a_processor() -> None:
    """Keep the rig's thread and the firmware it starts on one processor.

    They take turns, never work at once; waking each other across processors
    costs ten times the message itself.
    """
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {allowed[os.getpid() % len(allowed)]})
