"""Serves the firmware's hal calls in virtual time.

Time passes only while the firmware sleeps (or strokes). `run(to_ms)` goes on
until that time is reached and the firmware waits; bytes from the port enter at
the instant at which time stands, and time then stands until the firmware has
dealt with them.
"""

import heapq
import itertools
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hil.rigs.firmware_process import FIRMWARE, FirmwareProcess
from hil.rigs.recording import ANSWER, CUT, POWER, REQUEST, Recorder
from hil.rigs.services import TICK_MASK, Hardware
from thecal_wire import codes, halpipe

WATCHDOG_MS = 8_300  # the RP2040's longest
RESTARTS_AT_ONCE = 5


class RigError(Exception):
    """The rig cannot go on: the firmware keeps ending without time passing."""


@dataclass
class CutPlan:
    """Take power at the k-th message from now; a flash operation gets `done` of 0..1 done."""

    at_message: int
    done: float = 0.0


@dataclass
class Cut:
    """A planned cut that came about: at which hal call, and when."""

    op: int
    at_ms: int


class Engine:
    """The firmware's processor and its time."""

    def __init__(self, hardware: Hardware, recorder: Recorder, main: Path = FIRMWARE) -> None:
        self.hardware = hardware
        self._main = main
        self.messages = 0
        self.plan: CutPlan | None = None
        self.last_cut: Cut | None = None
        self.power_cuts = 0
        self.on_power: Callable[[bool], None] = lambda on: None
        self.on_message: Callable[[int], None] = lambda op: None
        self._recorder = recorder
        self._process: FirmwareProcess | None = None
        self._sleep: tuple[int, int | None] | None = None  # (wake at ms, threshold)
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._restarts = (0, 0)
        self._hung = False

    @property
    def now_ms(self) -> int:
        """Virtual time."""
        return self.hardware.plant.now_ms

    @property
    def powered(self) -> bool:
        """True while the firmware runs."""
        return self._process is not None

    def at(self, ms: int, action: Callable[[], None]) -> None:
        """Do something when time gets there."""
        heapq.heappush(self._events, (ms, next(self._count), action))

    def power_on(self, cause: int = codes.RESET_POWER) -> None:
        """Start the firmware; `run` serves it."""
        if self._process is not None:
            return
        self._recorder.write(POWER, bytes((cause,)))
        self.hardware.reset(cause)
        self._process = FirmwareProcess(self._main)
        self._hung = False
        self._sleep = None
        self.on_power(True)

    def power_off(self) -> None:
        """Power goes, at once."""
        if self._process is None:
            return
        self._end_process()
        self.power_cuts += 1
        self.hardware.lose_power()
        self.on_power(False)

    def cancel_cut(self) -> None:
        """Forget a planned cut that has not come about."""
        self.plan = None

    def hang(self) -> None:
        """The firmware never answers again: the watchdog will find it."""
        self._hung = True

    def close(self) -> None:
        """End everything."""
        if self._process is not None:
            self._end_process()
        self._recorder.close()

    def run(self, to_ms: int) -> None:
        """Serve until `to_ms` is reached and the firmware, if any, waits."""
        while True:
            self.hardware.port.service()
            if self._process is not None and self._sleep is None:
                self._serve_one()
                continue
            if self._process is not None and self._wake_if_due():
                continue
            if self._do_due_event():
                continue
            if self.now_ms >= to_ms:
                return
            self._advance(to_ms)

    # --- one message ----------------------------------------------------------

    def _serve_one(self) -> None:
        assert self._process is not None
        request = self._process.request()
        if request is None:
            self._restart()
            return
        op, payload = request
        self.messages += 1
        self.on_message(op)
        if self.plan is not None:
            self.plan.at_message -= 1
            if self.plan.at_message < 0:
                self._cut(op, payload)
                return
        self._recorder.write(REQUEST, halpipe.request(op, payload))
        if op == halpipe.SLEEP:
            duration_ms, watch = struct.unpack(halpipe.SLEEP_REQUEST, payload)
            threshold = None if watch == halpipe.NO_WATCH else watch
            self._sleep = (self.now_ms + duration_ms, threshold)
            return
        self._answer(self.hardware.handlers[op](payload))

    def _answer(self, payload: bytes) -> None:
        assert self._process is not None
        data = halpipe.reply(self.now_ms & TICK_MASK, payload)
        self._recorder.write(ANSWER, data)
        self._process.reply(data)

    # --- time -----------------------------------------------------------------

    def _wake_if_due(self) -> bool:
        assert self._sleep is not None
        if self._hung:
            return False
        hardware = self.hardware
        flags = halpipe.WAKE_USB if hardware.port.pending() else 0
        if hardware.take_edges():
            flags |= halpipe.WAKE_BUTTON
        if flags == 0 and self.now_ms < self._sleep[0]:
            return False
        self._wake(flags)
        return True

    def _wake(self, flags: int) -> None:
        self._sleep = None
        self._answer(bytes((flags,)))

    def _do_due_event(self) -> bool:
        if not self._events or self._events[0][0] > self.now_ms:
            return False
        heapq.heappop(self._events)[2]()
        return True

    def _advance(self, to_ms: int) -> None:
        """Let time pass up to the next thing that can happen."""
        stop_ms = to_ms
        if self._events:
            stop_ms = min(stop_ms, self._events[0][0])
        edge_ms = self.hardware.next_edge_ms()
        if edge_ms is not None:
            stop_ms = min(stop_ms, max(edge_ms, self.now_ms))
        if self._process is None or self._sleep is None:
            self.hardware.plant.advance(stop_ms)
            self.hardware.take_edges()
            return
        wake_ms, threshold = (to_ms, None) if self._hung else self._sleep
        bites_ms = self.hardware.fed_ms + WATCHDOG_MS
        stop_ms = min(stop_ms, wake_ms, bites_ms)
        if self.hardware.plant.watch(stop_ms, threshold) is not None:
            self._wake(halpipe.WAKE_FLOW)
        elif self.now_ms >= bites_ms:
            self._restart()

    # --- ends -----------------------------------------------------------------

    def _cut(self, op: int, payload: bytes) -> None:
        """Power goes as this message arrives, a flash operation half done."""
        assert self.plan is not None
        flash = self.hardware.flash
        if op == halpipe.FLASH_PROGRAM:
            data = payload[4:]
            flash.program(struct.unpack_from("<I", payload)[0], data,
                          int(len(data) * self.plan.done))
        elif op == halpipe.FLASH_ERASE:
            flash.erase(struct.unpack("<H", payload)[0], int(4096 * self.plan.done))
        self.plan = None
        self.last_cut = Cut(op, self.now_ms)
        self.power_off()

    def _restart(self) -> None:
        """The firmware ended or hung: the watchdog resets it, scratch registers stay."""
        self._end_process()
        at_ms, times = self._restarts
        times = times + 1 if at_ms == self.now_ms else 1
        self._restarts = (self.now_ms, times)
        if times > RESTARTS_AT_ONCE:
            raise RigError(f"the firmware ended {times} times at {self.now_ms} ms: see its trace: "
                           f"{self.hardware.traces[-1:]}")
        self.power_on(codes.RESET_WATCHDOG)

    def _end_process(self) -> None:
        assert self._process is not None
        self._recorder.write(CUT, b"")
        self._process.kill()
        self._process = None
        self._sleep = None
