"""Events, power and the port in simulated time.

`run(to_ms)` runs the firmware to exactly that time; events happen at theirs. When
bytes come from the host, time goes on until the firmware has dealt with them (it
takes time to do so, unlike on the virtual rig): `settle` ends when it is *quiescent*:

* the processor sleeps, and the firmware has set no timer within QUIET_MS,
* no byte is under way on USB in either direction, nor waits for a host that takes it,
* no event of the rig is due.

QUIET_MS is longer than the 20 ms between two samples in a stroke: a request that comes
in a stroke is answered after it. `settled_ms` counts the time that goes by this way.
Without bytes from a host no time goes by but in `run`.
"""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from hil.emulated.board import Board
from hil.emulated.cable import Cable
from hil.emulated.flash import FlashCut, FlashOperation
from hil.emulated.hardware import Hardware
from hil.rigs.host_port import HostPort

QUIET_MS = 30.0
SETTLE_LIMIT_MS = 20_000
_SLICE_US = 1_000
_NS_PER_US = 1000.0
_CLOSE_NS = 0.5


@dataclass(frozen=True, slots=True)
class Cut:
    """A planned cut that came about: in which flash operation, and when."""

    operation: FlashOperation
    at_ms: int


class Engine:
    """The board's power and time."""

    def __init__(self, hardware: Hardware, port: HostPort, seed: int) -> None:
        self.hardware = hardware
        self._cable = Cable(port)
        self.board: Board | None = None
        self.power_cuts = 0
        self.last_cut: Cut | None = None
        self.settled_ms = 0.0
        self.unsettled = 0  # times that `settle` gave up
        self.on_power: Callable[[bool], None] = lambda on: None
        self._seed = seed
        self._lives = 0
        self._began_us = 0
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._count = itertools.count()
        hardware.now_us = lambda: self.now_us
        hardware.flash.chip.on_cut = self._cut_came

    @property
    def now_us(self) -> int:
        """Time since the rig began."""
        if self.board is None:
            return self.hardware.plant.now_us
        ns = self.board.processor.now_ns + _CLOSE_NS
        return self._began_us + int(ns // _NS_PER_US)

    @property
    def now_ms(self) -> int:
        """Time since the rig began."""
        return self.now_us // 1000

    @property
    def powered(self) -> bool:
        """True while the board has power."""
        return self.board is not None

    def at(self, ms: int, action: Callable[[], None]) -> None:
        """Do something when time gets there."""
        self.at_us(ms * 1000, action)

    def at_us(self, us: int, action: Callable[[], None]) -> None:
        """The same, to the microsecond."""
        heapq.heappush(self._events, (us, next(self._count), action))

    def power_on(self) -> None:
        """Power comes; `run` or `settle` then let the firmware start."""
        if self.board is not None:
            return
        self.hardware.sync()
        began_us = self.now_us
        self._lives += 1
        board = Board(self.hardware, self._seed * 1000 + self._lives)
        self._began_us, self.board = began_us, board
        self._cable.plug(board.usb)
        board.processor.on_breath = self._cable.serve
        self.on_power(True)

    def power_off(self) -> None:
        """Power goes, at once."""
        if self.board is None:
            return
        self.hardware.lose_power()
        self.board.die()
        self.board = None
        self._cable.unplug()
        self.power_cuts += 1
        self.on_power(False)

    def cut_in_flash(self, cut: FlashCut) -> None:
        """Plan to take power in a flash operation to come; see `last_cut`."""
        self.last_cut = None
        self.hardware.flash.chip.cut = cut

    def cancel_cut(self) -> None:
        """Forget a planned cut that has not come about."""
        self.hardware.flash.chip.cut = None

    def hang(self) -> None:
        """The firmware does nothing more: the watchdog will find it."""
        if self.board is not None:
            self.board.processor.hang()

    def set_button(self, level: int) -> None:
        """The button's line changes now; 1 = down."""
        if level != self.hardware.level:
            self.hardware.level = level
            if self.board is not None:
                self.board.set_button(level)

    def close(self) -> None:
        """End."""
        self.board = None

    # --- time -----------------------------------------------------------------

    def run(self, to_ms: int) -> None:
        """Let time pass to `to_ms`, exactly."""
        self._run_us(to_ms * 1000)

    def answer(self) -> None:
        """If a host has sent something, or opened the port, let the firmware deal with it."""
        self._cable.serve()
        if self._cable.owes_answer:
            self.settle()

    def settle(self) -> None:
        """Let time pass until the firmware is quiescent."""
        self._cable.serve()
        began_us = self.now_us
        limit_us = began_us + SETTLE_LIMIT_MS * 1000
        while not self.quiescent():
            if self.now_us >= limit_us:
                self.unsettled += 1
                break
            self._run_us(self._next_stop_us())
        self._cable.owes_answer = False
        self.settled_ms += (self.now_us - began_us) / 1000

    def quiescent(self) -> bool:
        """True if nothing more comes of what has happened so far (see above)."""
        if self._events and self._events[0][0] <= self.now_us:
            return False
        if self.board is None:
            return True
        processor = self.board.processor
        if not processor.asleep or self._cable.busy or not self.board.usb.mounted:
            return False
        timer_ns = processor.next_timer_ns()
        return timer_ns is None or timer_ns - processor.now_ns > QUIET_MS * 1e6

    def _next_stop_us(self) -> int:
        """A little further, or to where a sleeping processor wakes."""
        assert self.board is not None
        processor = self.board.processor
        stop_us = self.now_us + _SLICE_US
        timer_ns = processor.next_timer_ns()
        if processor.asleep and timer_ns is not None and not self._cable.busy:
            stop_us = max(stop_us, self._began_us + int(timer_ns // _NS_PER_US) + 1)
        return stop_us

    def _run_us(self, to_us: int) -> None:
        while True:
            self._do_due_events()
            if self.now_us >= to_us:
                break
            stop_us = min(to_us, self._events[0][0]) if self._events else to_us
            self._pass(stop_us)
        self.hardware.sync()
        self._cable.serve()

    def _pass(self, to_us: int) -> None:
        if self.board is None:
            self.hardware.drive.advance_us(to_us)
            return
        processor = self.board.processor
        processor.run_until((to_us - self._began_us) * _NS_PER_US)
        self.hardware.sync()
        if processor.power_lost:
            self.power_off()

    def _do_due_events(self) -> None:
        while self._events and self._events[0][0] <= self.now_us:
            heapq.heappop(self._events)[2]()

    def _cut_came(self, operation: FlashOperation) -> None:
        self.last_cut = Cut(operation, self.now_ms)
