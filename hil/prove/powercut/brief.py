"""A script of two minutes for the image on the emulated Pico, with power taken anywhere in it.

Basal 20 uL/h, bolus 5 uL over one minute, lockout one minute, a limit that one bolus
and a half fill. Presses: one inside the lockout that the start began, one granted.
After a cut: one just inside the new lockout, one just after it. Power goes

    before, inside, after   a flash operation (inside: with some bytes of it done)
    instant                 anywhere, also between two pulses of a stroke
    recovery                in the bolus, and again in a flash operation of the restart
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from hil.emulated.flash import AFTER, BEFORE, INSIDE, FlashCut, FlashOperation
from hil.plant import PlantSettings
from hil.prove.powercut import hour
from hil.prove.powercut.witness import Rules, Watcher, Witness
from hil.rigs.emulated_rig import IMAGE, EmulatedRig
from hil.rigs.flash import BLOCK_BYTES

RULES = Rules(basal_nl_per_h=20_000, bolus_nl=5_000, bolus_s=60, lockout_s=60,
              count_per_24h=2, limit_nl=33_000, window_s=3_600)
PRESS_AT_S = (30, 62)
PRESS_AFTER_CUT_S = (57, 63)
END_S, WATCHED_S = 126, 68  # without a cut; after the last cut
INSTANT, RECOVERY = "instant", "recovery"
KINDS = (BEFORE, INSIDE, AFTER, INSTANT, RECOVERY)
PRESSES_BEFORE = 52  # fill the log's first block nearly half
TALLY_BLOCK, RING_BLOCK = 8, 88  # docs/log-format.md, firmware/pump/store
IN_BOLUS_S = (64.0, 120.0)
RECOVERY_OPERATIONS = 12  # of a start that ends a bolus


class Case(NamedTuple):
    """One cut: at the `operation`-th flash operation, or at `at_s`; then for `off_s`.

    `recovery` has both: the operation is one of the start after the first cut.
    """

    kind: str
    operation: int
    done_bytes: int
    at_s: float
    off_s: float


@dataclass(frozen=True)
class Operation:
    """A flash operation of the uncut script, and from which byte to which it changes something."""

    kind: str
    first: int
    last: int


def prepared_image() -> bytes:
    """Flash of a running pump whose tally and log are about to erase blocks ahead.

    Both erase the next block once half of the present one is full and if it is not blank.
    """
    image = bytearray(hour.prepared_image(RULES, presses=PRESSES_BEFORE))
    for block in (TALLY_BLOCK + 1, RING_BLOCK + 1):
        image[block * BLOCK_BYTES:(block + 1) * BLOCK_BYTES] = b"\x5a" * BLOCK_BYTES
    return bytes(image)


def live(case: Case | None, storage: bytes, image: Path = IMAGE) -> tuple[Witness, bool]:
    """Run the script with this cut; also whether the cut came about."""
    with EmulatedRig(PlantSettings(seed=hour.SEED), flash_image=storage, image=image) as rig:
        return _run(rig, case)


def reference(storage: bytes, image: Path = IMAGE) -> tuple[Witness, list[Operation]]:
    """The script without a cut, and its flash operations in order."""
    with EmulatedRig(PlantSettings(seed=hour.SEED), flash_image=storage, image=image) as rig:
        observer = _Observer(rig)
        seen, _ = _run(rig, None, observer.stop)
        return seen, observer.found


def choose(kind: str, operations: list[Operation], count: int, rng: random.Random) -> list[Case]:
    """`count` cuts of one kind, spread over all operations or all of the time."""
    cases: list[Case] = []
    for index in range(count):
        part = (index + rng.random()) / count
        off_s = rng.choice((0.5, 5.0, 30.0, 120.0))
        if kind == INSTANT:
            cases.append(Case(kind, 0, 0, round(part * END_S, 6), off_s))
        elif kind == RECOVERY:
            low_s, high_s = IN_BOLUS_S
            cases.append(Case(kind, rng.randrange(RECOVERY_OPERATIONS), rng.randrange(64),
                              round(low_s + part * (high_s - low_s), 6), off_s))
        else:
            at = int(part * len(operations))
            # Within the bytes that change: elsewhere a torn operation is a whole one, or none.
            done = rng.randint(operations[at].first, operations[at].last)
            cases.append(Case(kind, at, done, 0.0, off_s))
    return cases


def _run(rig: EmulatedRig, case: Case | None,
         before_reading: Callable[[], None] = lambda: None) -> tuple[Witness, bool]:
    watcher = _Presser(rig, case)
    rig.do(watcher.plan)
    rig.power_on()
    while (to_ms := watcher.until_ms()) > rig.engine.now_ms:
        rig.do(partial(rig.engine.run, to_ms))
    rig.do(rig.engine.cancel_cut)
    before_reading()
    came = bool(watcher.off_ms)
    enabled_ms = [at for at, on in rig.hardware.enable_edges if on]
    seen = watcher.read()
    seen.enabled_ms = [at for at in enabled_ms if at <= seen.end_ms]
    seen.wrong_pulses = rig.hardware.refused_pulses + rig.hardware.wrong_way_pulses
    return seen, came


class _Presser(Watcher):
    """Cuts as the case says, and presses the button before and after."""

    def __init__(self, rig: EmulatedRig, case: Case | None) -> None:
        super().__init__(rig, RULES)
        self._board_rig = rig
        self._case = case

    def plan(self) -> None:
        """Set what happens when."""
        engine, case = self._board_rig.engine, self._case
        self._press(PRESS_AT_S, 0)
        if case is None:
            return
        self.return_after(case.off_s, case.off_s)
        if case.at_s:
            engine.at_us(round(1e6 * case.at_s), engine.power_off)
        else:
            engine.cut_in_flash(FlashCut(case.operation, case.kind, case.done_bytes))

    def until_ms(self) -> int:
        """When the script is over, as far as is known now."""
        if not self.off_ms:
            return 1000 * END_S
        on_ms = self.on_ms[-1]
        if self._case is not None and not self._board_rig.engine.powered:
            on_ms = self.off_ms[-1] + round(1000 * self._case.off_s)
        return on_ms + 1000 * WATCHED_S

    def power_changed(self, on: bool) -> None:
        """After a cut the presses start anew, and the start may be cut, too."""
        if not on or not self.off_ms:
            return
        engine, case = self._board_rig.engine, self._case
        assert case is not None
        self._press(PRESS_AFTER_CUT_S, engine.now_ms)
        if case.kind == RECOVERY and len(self.off_ms) == 1:
            engine.cut_in_flash(FlashCut(case.operation, INSIDE, case.done_bytes))

    def _press(self, at_s: tuple[int, ...], from_ms: int) -> None:
        for each in at_s:
            self._board_rig.engine.at(from_ms + 1000 * each,
                                      lambda: self._board_rig.press_now(0.5))


class _Observer:
    """Notes each flash operation with the bytes that it changes."""

    def __init__(self, rig: EmulatedRig) -> None:
        self._chip = rig.hardware.flash.chip
        self._open: tuple[FlashOperation, bytes] | None = None
        self.found: list[Operation] = []
        self._chip.on_operation = self._begins

    def stop(self) -> None:
        """No more; the last one counts."""
        self._close()
        self._chip.on_operation = lambda operation: None

    def _begins(self, operation: FlashOperation) -> None:
        self._close()
        self._open = operation, self._chip.read(operation.address, operation.count)

    def _close(self) -> None:
        if self._open is None:
            return
        operation, before = self._open
        after = self._chip.read(operation.address, operation.count)
        changed = [at for at, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
        self.found.append(Operation(operation.kind, changed[0] if changed else 0,
                                    changed[-1] + 1 if changed else operation.count))
        self._open = None
