"""A scripted hour of therapy, with power taken at a chosen hal message, and its judge.

Basal 60 uL/h, bolus 10 uL over one minute, lockout ten minutes. Presses: one
inside the lockout, one granted whose bolus a scripted power cut ends, one
refused, one granted, one refused. The judge sees what the rig saw (strokes, sounds,
flash) and what is read over the port afterwards; it shares nothing with the device.
"""

import random
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from hil.plant import PlantSettings
from hil.rigs import factory
from hil.rigs.flash import BLOCK_BYTES
from hil.rigs.virtual_rig import VirtualRig
from thecal.archive.reader import put_together, read_ring
from thecal.device.client import PumpClient
from thecal.device.link import Link
from thecal_wire import events, halpipe, prescription

HOUR_S = 3600
CONCENTRATION_UG_PER_ML = 10_000
BASAL_NL_PER_H = 60_000
BOLUS_NL, BOLUS_S, LOCKOUT_S = 10_000, 60, 600
PRESS_AT_S = (300, 660, 900, 1500, 1800)
CUT_AT_S, BACK_AT_S = 690.0, 720.0
EVENT_RING = (88 * BLOCK_BYTES, 368 * BLOCK_BYTES)  # docs/log-format.md
SEED = 3


class CutAt(NamedTuple):
    """Take power at this hal message, a flash operation `done` of 0..1 done, for `off_s`."""

    message: int
    done: float
    off_s: float


@dataclass
class Witness:
    """What the rig saw of one hour, and what was read from the pump at its end."""

    strokes_ms: list[int]
    power_on_ms: list[int]
    power_off_ms: list[int]
    granted_ms: list[int]
    plant_strokes: int
    tally_strokes: int
    stroke_pl: int
    committed: set[bytes]
    read: set[bytes]
    gaps: int
    messages: int
    cut_op: int | None
    ops: list[int] = field(default_factory=list[int])


def prepared_image() -> bytes:
    """Flash of a pump that is calibrated, filled, prescribed and running."""
    with VirtualRig(PlantSettings(seed=SEED)) as rig:
        rig.power_on()
        factory.prepare(rig)
        with Link(rig.port) as link:
            client = PumpClient(link, timeout_s=30)
            client.prescribe(record())
            client.start()
        rig.power_off()
        return bytes(rig.hardware.flash.image)


def live(image: bytes, cut: CutAt | None, keep_ops: bool = False) -> Witness:
    """Run the hour from `image`, with one power cut more if `cut` says so."""
    with VirtualRig(PlantSettings(seed=SEED), flash_image=image) as rig:
        witness = _Watcher(rig, keep_ops)
        rig.do(lambda: _script(rig, witness))
        if cut is not None:
            rig.cut_at_message(cut.message, cut.done)
            rig.do(lambda: witness.return_after(cut.off_s))
        rig.power_on()
        rig.advance(HOUR_S - rig.now_s)
        rig.do(rig.engine.cancel_cut)  # what has not come about by now must not hit the reading
        rig.power_on()  # a cut in the last second: give the pump its power back
        return witness.read()


def violations(seen: Witness) -> list[str]:
    """Every rule that this hour broke, in words."""
    found: list[str] = []
    cuts = len(seen.power_off_ms)
    extra = seen.tally_strokes - seen.plant_strokes
    if not 0 <= extra <= cuts:
        found.append(f"tally {extra} strokes off after {cuts} cuts")
    lost = seen.committed - seen.read
    if lost:
        found.append(f"{len(lost)} committed records lost or changed")
    if seen.gaps:
        found.append(f"{seen.gaps} gaps in the sequence")
    found += _early_strokes(seen)
    found += _early_grants(seen)
    return found


def _early_strokes(seen: Witness) -> list[str]:
    interval_ms = seen.stroke_pl * 3600 // BASAL_NL_PER_H
    found: list[str] = []
    for on_ms in seen.power_on_ms:
        first = next((at for at in seen.strokes_ms if at >= on_ms), None)
        if first is not None and first - on_ms < interval_ms:
            found.append(f"stroke {first - on_ms} ms after power-on, interval {interval_ms} ms")
    return found


def _early_grants(seen: Witness) -> list[str]:
    found: list[str] = []
    for granted in seen.granted_ms:
        on_ms = max(at for at in seen.power_on_ms if at <= granted)
        if granted - on_ms < 1000 * LOCKOUT_S:
            found.append(f"granted {granted - on_ms} ms after power-on")
    for first, second in pairwise(seen.granted_ms):
        end = min([first + 1000 * BOLUS_S, *[at for at in seen.power_off_ms if at >= first]])
        if second - end < 1000 * LOCKOUT_S:
            found.append(f"granted {second - end} ms after the end of a bolus")
    return found


def choose_cuts(ops: list[int], count: int, seed: int) -> list[CutAt]:
    """Cuts over all messages of an hour: each flash program and stroke weighs more."""
    rng = random.Random(seed)
    by_op: dict[int, list[int]] = {}
    for index, op in enumerate(ops):
        by_op.setdefault(op, []).append(index)
    third = count // 4
    chosen = _spread(by_op.get(halpipe.FLASH_PROGRAM, []), third)
    chosen += _spread(by_op.get(halpipe.STROKE, []), third)
    chosen += _spread(by_op.get(halpipe.FLASH_ERASE, []), 8)
    chosen += _spread(list(range(len(ops))), count - len(chosen))
    return [CutAt(at, rng.random(), rng.choice((0.5, 5.0, 30.0, 120.0))) for at in chosen]


def _spread(indices: list[int], count: int) -> list[int]:
    """`count` of them, evenly over all (fewer if there are not so many)."""
    count = min(count, len(indices))
    return [indices[(2 * i + 1) * len(indices) // (2 * count)] for i in range(count)]


class _Watcher:
    """Follows a rig: power, grants heard at the sounder, records committed at each cut."""

    def __init__(self, rig: VirtualRig, keep_ops: bool) -> None:
        self._rig = rig
        self._on_ms: list[int] = []
        self._off_ms: list[int] = []
        self._committed: set[bytes] = set()
        self._off_s = 0.0
        self._ops: list[int] = []
        engine = rig.engine
        engine.on_power = self._power
        if keep_ops:
            engine.on_message = self._ops.append

    def return_after(self, off_s: float) -> None:
        """Give power back that long after it went at a message."""
        self._off_s = off_s

    def _power(self, on: bool) -> None:
        engine = self._rig.engine
        (self._on_ms if on else self._off_ms).append(engine.now_ms)
        if on:
            return
        self._committed |= set(_intact_records(self._rig))
        if self._off_s:
            engine.at(engine.now_ms + round(1000 * self._off_s), engine.power_on)
            self._off_s = 0.0

    def read(self) -> Witness:
        """Read the pump over its port and put all evidence together."""
        rig = self._rig
        cut = rig.engine.last_cut
        messages = rig.engine.messages
        with Link(rig.port) as link:
            client = PumpClient(link, timeout_s=30)
            status = client.status()
            history = put_together(read_ring(client))
        return Witness(
            strokes_ms=list(rig.hardware.stroke_times_ms),
            power_on_ms=self._on_ms,
            power_off_ms=self._off_ms,
            granted_ms=[at for at, sound in rig.hardware.sounds
                        if sound == halpipe.PATTERN_GRANTED],
            plant_strokes=rig.plant.strokes,
            tally_strokes=status.tally_strokes,
            stroke_pl=status.stroke_pl,
            committed=self._committed,
            read=set(history.records),
            gaps=len(history.gaps),
            messages=messages,
            cut_op=None if cut is None else cut.op,
            ops=self._ops,
        )


def _script(rig: VirtualRig, _watcher: _Watcher) -> None:
    engine = rig.engine
    for at_s in PRESS_AT_S:
        engine.at(1000 * at_s, lambda: rig.press_now(0.5))
    engine.at(round(1000 * CUT_AT_S), engine.power_off)
    engine.at(round(1000 * BACK_AT_S), engine.power_on)


def record(lockout_s: int = LOCKOUT_S) -> bytes:
    """The prescription of the hour."""
    ng_per_nl = CONCENTRATION_UG_PER_ML // 1000
    return prescription.pack(
        factory.SERIAL.encode(), b"morphine", CONCENTRATION_UG_PER_ML,
        BASAL_NL_PER_H * 24 * ng_per_nl, BOLUS_NL * ng_per_nl, BOLUS_S, lockout_s, 10,
        3 * BASAL_NL_PER_H * ng_per_nl, HOUR_S)


def _intact_records(rig: VirtualRig) -> list[bytes]:
    """Whole event records in flash as they stand."""
    image = rig.hardware.flash.image
    size = events.RECORD_BYTES
    slots = (bytes(image[at:at + size]) for at in range(*EVENT_RING, size))
    return [slot for slot in slots if slot != b"\xff" * size and events.intact(slot)]
