"""Cuts both rigs' scripts at many places, in parallel, and collects what broke."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from hil.prove.powercut import hour
from hil.prove.powercut.hour import CutAt
from hil.prove.powercut.witness import Witness, violations
from hil.prove.progress import progress
from thecal.errors import ThecalError
from thecal_wire import halpipe

NEEDED = {halpipe.FLASH_PROGRAM: 50, halpipe.STROKE: 50}
NONE = "none"  # a cut that did not come about


class Judged(NamedTuple):
    """One script with a cut: what was cut, what that broke, marks above strokes, records lost."""

    kind: str
    broken: list[str]
    extra_strokes: int = 0
    lost: int = 0


@dataclass
class Found:
    """What a campaign on one rig came to."""

    kinds: Counter[str] = field(default_factory=Counter[str])
    extra_strokes: Counter[int] = field(default_factory=Counter[int])
    violations: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    lost: int = 0
    duration_s: float = 0.0
    told: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def cuts(self) -> int:
        """Cuts that came about."""
        return sum(self.kinds.values()) - self.kinds[NONE]

    def add(self, cut: Any, judged: Judged) -> None:
        """One more; `cut` None is the script without any."""
        self.lost += judged.lost
        self.violations += [
            {"cut": None if cut is None else cut._asdict(), "at": judged.kind, "broken": broken}
            for broken in judged.broken]
        if cut is not None:
            self.kinds[judged.kind] += 1
            self.extra_strokes[judged.extra_strokes] += 1

    def as_json(self) -> dict[str, Any]:
        """As it stands in the result file, for each rig."""
        return {
            "cuts": self.cuts,
            "kinds": dict(sorted(self.kinds.items())),
            "lost": self.lost,
            "violations": len(self.violations),
            "tally_above_plant": {str(key): self.extra_strokes[key]
                                  for key in sorted(self.extra_strokes)},
            "duration_s": round(self.duration_s, 1),
            **self.told,
        }


def on_virtual(count: int, seed: int) -> Found:
    """Cut the hour of the virtual pump at `count` hal messages."""
    began = time.monotonic()
    image = hour.prepared_image()
    reference = hour.live(image, None, keep_ops=True)
    found = Found()
    found.add(None, _judged("none", reference))
    cuts = hour.choose_cuts(reference.ops, count, seed)
    _run(partial(_one_virtual, image), cuts, "virtual", found)
    found.told = {"messages_in_hour": reference.messages,
                  "grants_in_hour": len(reference.granted_ms)}
    found.violations += [
        {"cut": None, "at": halpipe.NAMES[op], "broken": "too few cuts there"}
        for op, least in NEEDED.items()
        if found.kinds[halpipe.NAMES[op]] < min(least, count // 4)]
    found.duration_s = time.monotonic() - began
    return found


def on_emulated(count: int, seed: int, image: Path | None = None,
                kinds: Sequence[str] | None = None, workers: int | None = None) -> Found:
    """Cut the brief script of the image `count` times, as many of each kind (None: all)."""
    from hil.prove.powercut import brief  # the emulator is loaded for its own only

    image = image or brief.IMAGE
    began = time.monotonic()
    storage = brief.prepared_image()
    reference, operations = brief.reference(storage, image)
    found = Found()
    found.add(None, _judged("none", reference))
    rng = random.Random(seed)
    kinds = kinds or brief.KINDS
    share = -(-count // len(kinds))
    cases = [case for kind in kinds for case in brief.choose(kind, operations, share, rng)]
    _run(partial(_one_emulated, storage, image), cases[:count], "emulated", found, workers)
    found.told = {"operations_in_script": dict(Counter(each.kind for each in operations)),
                  "grants_in_script": len(reference.granted_ms)}
    found.duration_s = time.monotonic() - began
    return found


def _run(one: Callable[[Any], Judged], cuts: Sequence[Any], what: str, found: Found,
         workers: int | None = None) -> None:
    with ProcessPoolExecutor(workers or os.cpu_count()) as pool:
        results = zip(cuts, pool.map(one, cuts), strict=True)
        for cut, judged in progress(results, len(cuts), what):
            found.add(cut, judged)


def _one_virtual(image: bytes, cut: CutAt) -> Judged:
    try:
        seen = hour.live(image, cut)
    except ThecalError as error:
        return _unreadable(error)
    return _judged(NONE if seen.cut_op is None else halpipe.NAMES[seen.cut_op], seen)


def _one_emulated(storage: bytes, image: Path, case: Any) -> Judged:
    from hil.prove.powercut import brief

    try:
        seen, came = brief.live(case, storage, image)
    except ThecalError as error:
        return _unreadable(error)
    return _judged(case.kind if came else NONE, seen)


def _judged(kind: str, seen: Witness) -> Judged:
    return Judged(kind, violations(seen), seen.tally_strokes - seen.plant_strokes, seen.lost)


def _unreadable(error: ThecalError) -> Judged:
    return Judged(NONE, [f"the pump could not be read afterwards: {error}"])
