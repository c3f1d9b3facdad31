"""Where the processor's time goes, and when it first gets where.

A *turn* is what runs between two sleeps (WFE or WFI): the processor's own cycles, and
the time it stands still because the flash chip works. A *step* is what runs between two
feeds of the watchdog: the firmware feeds once per turn of its loop, so a step may hold
several sleeps. Cycles are rp2040py's, which knows no waits for flash that is read
through an empty cache: times on silicon are somewhat longer.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hil.emulated.processor import Processor

CYCLE_NS = 8
NS_PER_MS = 1_000_000
_LOAD = 0x04  # of the watchdog: a feed
PLAIN, PROGRAM, ERASE = "plain", "program", "erase"


@dataclass(frozen=True, slots=True)
class Spent:
    """What one turn or step took; it began `at_ms` after power-on.

    cpu_ms: instructions; flash_ms: stood still for the flash chip; programs, erases: its
    operations; wall_ms: from the turn's begin to its end.
    """

    at_ms: float = 0.0
    cpu_ms: float = 0.0
    flash_ms: float = 0.0
    programs: int = 0
    erases: int = 0

    @property
    def busy_ms(self) -> float:
        """For how long nothing else could run."""
        return self.cpu_ms + self.flash_ms

    @property
    def kind(self) -> str:
        """By its worst flash operation: plain, program or erase."""
        return ERASE if self.erases else PROGRAM if self.programs else PLAIN


class Lap:
    """Turns or steps: how many, and the worst of each kind."""

    def __init__(self) -> None:
        self.count = 0
        self.worst: dict[str, Spent] = {}
        self._from: tuple[float, float, float, int, int] | None = None

    def close(self, sums: tuple[float, float, float, int, int]) -> None:
        """One ends and the next begins; `sums` are the totals now."""
        begun, self._from = self._from, sums
        if begun is None:
            return
        at, cpu, flash, programs, erases = begun
        self.count += 1
        spent = Spent(at, sums[1] - cpu, sums[2] - flash, sums[3] - programs, sums[4] - erases)
        worst = self.worst.get(spent.kind)
        if worst is None or spent.busy_ms > worst.busy_ms:
            self.worst[spent.kind] = spent

    def forget(self) -> None:
        """The open one does not count."""
        self._from = None


class Meter:
    """Times one processor; `first_ms` has when it first did what, since its last reset.

    Names in `first_ms`: fed (the watchdog, for the first time), slept, and what the board
    adds: safe (the driver's enable line is driven off), usb, stroke, ...
    """

    def __init__(self, processor: "Processor") -> None:
        self._processor = processor
        self._core: Any = processor.rp2040.core
        self.first_ms: dict[str, float] = {}
        self.reset_ns = 0.0  # time of the last reset, since power-on
        self.turns, self.steps = Lap(), Lap()
        self.wakes = 0
        self.on_step: Callable[[int, int], None] = lambda programs, erases: None
        self._at_step = (0, 0)
        self._cycles_before = 0
        self._flash_ns, self._programs, self._erases = 0.0, 0, 0
        self._flash_at_reset_ns = 0.0
        self._begun_ns, self._begun_busy_ns = 0.0, 0.0
        self._hook_interrupts(processor.rp2040)
        self._hook_watchdog(processor.rp2040.watchdog)

    def reached(self, name: str) -> None:
        """The firmware has got there; only the first time since a reset counts."""
        self.first_ms.setdefault(name, self._ms() - self.reset_ns / NS_PER_MS)

    def flash_worked(self, ns: float, erase: bool) -> None:
        """The flash chip will keep the processor waiting."""
        self._flash_ns += ns
        self._erases += erase
        self._programs += not erase

    def begin(self) -> None:
        """Measure share and worst turns from here on."""
        self.turns, self.steps = Lap(), Lap()
        self.wakes = 0
        self._begun_ns, self._begun_busy_ns = self._processor.now_ns, self._busy_ns()

    @property
    def busy_percent(self) -> float:
        """Share of the time since `begin` in which the processor did not sleep."""
        elapsed_ns = self._processor.now_ns - self._begun_ns
        return 100 * (self._busy_ns() - self._begun_busy_ns) / elapsed_ns if elapsed_ns else 0.0

    @property
    def cycles(self) -> int:
        """Since power-on."""
        return self._cycles_before + self._core.cycles

    def before_reset(self) -> None:
        """A reset comes: its turn and step do not count, and its firsts are new."""
        self._cycles_before += self._core.cycles
        self.turns.forget()
        self.steps.forget()
        self.first_ms = {}
        self.reset_ns = self._processor.now_ns
        self._flash_at_reset_ns = self._flash_ns

    # --- what is noticed ------------------------------------------------------

    def _hook_interrupts(self, mcu: Any) -> None:
        core, woke = self._core, self._woke

        def set_interrupt(irq: int, value: bool) -> None:
            asleep = value and core.waiting
            core.set_interrupt(irq, value)
            if asleep and not core.waiting:
                woke()

        mcu.set_interrupt = set_interrupt

    def _hook_watchdog(self, watchdog: Any) -> None:
        stock = watchdog.write_uint32

        def write_uint32(offset: int, value: int) -> None:
            stock(offset, value)
            if offset == _LOAD:
                self.reached("fed")
                self.steps.close(self._sums())
                programs, erases = self._at_step
                self._at_step = (self._programs, self._erases)
                self.on_step(self._programs - programs, self._erases - erases)

        watchdog.write_uint32 = write_uint32

    def _woke(self) -> None:
        self.wakes += 1
        if "slept" not in self.first_ms:
            # Nothing slept before: all the time until then was spent awake.
            awake_ns = self._core.cycles * CYCLE_NS + self._flash_ns - self._flash_at_reset_ns
            self.first_ms["slept"] = awake_ns / NS_PER_MS
        self.turns.close(self._sums())

    def _sums(self) -> tuple[float, float, float, int, int]:
        return (self._ms(), self.cycles * CYCLE_NS / NS_PER_MS, self._flash_ns / NS_PER_MS,
                self._programs, self._erases)

    def _ms(self) -> float:
        return self._processor.now_ns / NS_PER_MS

    def _busy_ns(self) -> float:
        return self.cycles * CYCLE_NS + self._flash_ns


def worst(lap: Lap, *kinds: str) -> Spent:
    """The worst of these kinds; one that took no time if there was none."""
    found = [lap.worst[kind] for kind in kinds or (PLAIN, PROGRAM, ERASE) if kind in lap.worst]
    return max(found, key=lambda spent: spent.busy_ms, default=replace(Spent()))
