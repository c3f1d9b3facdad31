"""The whole of it: explore every case, plant every wrong version, write down paths to replay.

`python -m tests.model.guard_run --out FOLDER` leaves in FOLDER
    found.json     what was found
    paths.txt      orders of events for guard_replay.py
    expected.txt   what it must print for them
It is a process of its own: the constants of the core are changed in it.
"""

import argparse
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from pump.core.clock import PERIOD
from tests.model.explorer import Found, explore, traced, waits_in_vain, walk
from tests.model.guard_cases import CASES, CLOSED, PATHS, Case
from tests.model.guard_mutants import MOST_STATES, MUTANTS, first_violation

SAMPLED = 12_000
PRESSED = 300  # states of each honest case from which the patient waits
ROUGHLY = 14_000_000  # transitions in all, for the progress bar
BAR = 40


def run(folder: Path, seed: int, most_states: int, sampled: int,
        mutant_states: int) -> dict[str, Any]:
    """Do everything; returns what found.json holds."""
    rng = random.Random(seed)
    result: dict[str, Any] = {"cases": [], "violations": [], "states": 0, "transitions": 0}
    starving = refused = 0
    with open(folder / "paths.txt", "w") as paths, open(folder / "expected.txt", "w") as expected:
        for case in CASES:
            found = explore(case, case.depth, most_states=most_states,
                            tell=_Bar(case.name, result["transitions"]))
            _account(result, found)
            share = -(-sampled // len(CASES))
            for path in found.sample_paths(share, rng):
                _write_path(case, path, rng, paths)
                lines = list(traced(case, path))
                refused += sum(not line.split(" ", 1)[1].startswith("0:") for line in lines)
                expected.writelines(f"{line}\n" for line in lines)
            if case.patient:
                for path in found.sample_states(PRESSED, rng):
                    starving += waits_in_vain(case, path)
    for case in PATHS:
        violation = walk(case)
        if violation is not None:
            result["violations"].append(violation._asdict())
    result["starving"], result["sampled_refusals"] = starving, refused
    if starving:
        result["violations"].append({"case": "honest", "events": [],
                                     "what": f"{starving} patients who wait in vain"})
    result["closed"] = all(case["closed"] for case in result["cases"] if case["to_the_end"])
    result["depth"] = min((case["depth"] for case in result["cases"] if not case["closed"]),
                          default=None)
    _mutants(result, mutant_states)
    return result


def _account(result: dict[str, Any], found: Found) -> None:
    result["states"] += found.states
    result["transitions"] += found.transitions
    result["violations"] += [violation._asdict() for violation in found.violations]
    result["cases"].append({
        "name": found.case.name, "states": found.states, "transitions": found.transitions,
        "depth": found.depth, "closed": found.closed,
        "to_the_end": found.case.depth == CLOSED})


def _write_path(case: Case, path: list[int], rng: random.Random, into: Any) -> None:
    """At a pump time and a tick of its own, often just before the tick goes round."""
    now_s = case.quarter_s * rng.choice((0, rng.randrange(1, 50), rng.randrange(1, 1 << 24)))
    tick = rng.choice((0, PERIOD - rng.randrange(1, 20_000), rng.randrange(PERIOD)))
    print(case.name, now_s, tick, " ".join(map(str, path)), sep="|", file=into)


def _mutants(result: dict[str, Any], most_states: int) -> None:
    result["mutants"], result["killed"], result["survivors"] = len(MUTANTS), 0, []
    for mutant in MUTANTS:
        if first_violation(mutant, most_states) is None:
            result["survivors"].append(mutant.what)
        else:
            result["killed"] += 1


class _Bar:
    """A bar on a terminal, nothing elsewhere."""

    def __init__(self, name: str, before: int) -> None:
        self._name, self._before = name, before
        self._at = 0.0

    def __call__(self, found: Found) -> None:
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self._at < 0.2:
            return
        self._at = now
        done = min(BAR, (self._before + found.transitions) * BAR // ROUGHLY)
        print(f"\r[{'#' * done:{BAR}}] {self._name:24} depth {found.depth:2}, "
              f"{found.states} states ", end="", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.model.guard_run", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--states", type=int, default=0, help="at most, of each case; 0 = all")
    parser.add_argument("--sampled", type=int, default=SAMPLED)
    parser.add_argument("--mutant-states", type=int, default=MOST_STATES)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    result = run(options.out, options.seed, options.states, options.sampled,
                 options.mutant_states)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    (options.out / "found.json").write_text(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
