"""Cuts a scripted hour at many hal messages, spread over all of them, and collects what broke."""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

from hil.prove.powercut.hour import CutAt, choose_cuts, live, prepared_image
from hil.prove.powercut.witness import violations
from thecal.errors import ThecalError
from thecal_wire import halpipe

NEEDED = {halpipe.FLASH_PROGRAM: 50, halpipe.STROKE: 50}


def prove(count: int, seed: int) -> dict[str, Any]:
    """Cut an hour `count` times; returns what is written to the result file."""
    began = time.monotonic()
    image = prepared_image()
    reference = live(image, None, keep_ops=True)
    cuts = choose_cuts(reference.ops, count, seed)
    histogram: Counter[str] = Counter()
    found: list[dict[str, Any]] = [
        {"cut": None, "broken": broken} for broken in violations(reference)]
    extra: Counter[int] = Counter()
    for cut, seen in _progress(_each(image, cuts), len(cuts)):
        op = "none" if seen[0] is None else halpipe.NAMES[seen[0]]
        histogram[op] += 1
        extra[seen[2]] += 1
        found += [{"cut": cut._asdict(), "at": op, "broken": broken} for broken in seen[1]]
    enough = all(histogram[halpipe.NAMES[op]] >= min(least, count // 4)
                 for op, least in NEEDED.items())
    return {
        "part": "powercut",
        "seed": seed,
        "duration_s": round(time.monotonic() - began, 1),
        "messages_in_hour": reference.messages,
        "grants_in_hour": len(reference.granted_ms),
        "cuts": sum(histogram.values()) - histogram["none"],
        "histogram": dict(sorted(histogram.items())),
        "tally_above_plant": {str(key): extra[key] for key in sorted(extra)},
        "violations": found,
        "ok": enough and not found,
    }


def _one(image: bytes, cut: CutAt) -> tuple[int | None, list[str], int]:
    """(hal call that was cut, what was broken, marks above strokes)."""
    try:
        seen = live(image, cut)
    except ThecalError as error:
        return None, [f"the pump could not be read afterwards: {error}"], 0
    return seen.cut_op, violations(seen), seen.tally_strokes - seen.plant_strokes


_Result = tuple[CutAt, tuple[int | None, list[str], int]]


def _each(image: bytes, cuts: list[CutAt]) -> Iterator[_Result]:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        yield from zip(cuts, pool.map(partial(_one, image), cuts), strict=True)


def _progress(results: Iterable[_Result], total: int) -> Iterator[_Result]:
    """A counter on a terminal, nothing elsewhere."""
    for done, result in enumerate(results, 1):
        if sys.stderr.isatty():
            print(f"\r{done} of {total} cuts", end="", file=sys.stderr, flush=True)
        yield result
    if sys.stderr.isatty():
        print(file=sys.stderr)
