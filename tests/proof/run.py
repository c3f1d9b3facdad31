"""Many lives, one after the other: `python -m tests.proof.run --steps N --seed S [--mutant NAME]`.

PYTHONPATH has firmware/, host/ and the root of the repository.

The last line of the output is the result as JSON; lines before it tell the steps done so far.
"""

import argparse
import json
import random
import sys
import time
import traceback
from collections import Counter

from tests.proof.fast import forget
from tests.proof.life import Life, Violation
from tests.proof.mutants import MUTANTS

LIFE_STEPS = (200, 400, 1_000)


def lives(steps, seed, most_violations=5, tell=None):
    """Live until `steps` are done; returns (counts, violations)."""
    counts, violations = Counter(), []
    number = 0
    while counts["steps"] < steps and len(violations) < most_violations:
        chance = random.Random(f"{seed}/{number}")
        length = min(chance.choice(LIFE_STEPS), steps - counts["steps"])
        text = one(chance, length, counts)
        if text:
            violations.append(f"seed {seed}, life {number}: {text}")
        number += 1
        forget()
        counts["lives"] += 1
        if tell:
            tell(counts["steps"])
    return counts, violations


def one(chance, length, counts):
    """One life; returns what was violated, or nothing."""
    life = Life(chance, length, counts)
    try:
        life.run()
    except Violation as violation:
        return str(violation)
    except Exception:  # noqa: BLE001 - whatever the firmware raises is a finding
        return "crash: " + traceback.format_exc() + "\n  ".join(life.trail[-20:])
    return ""


def again(seed, number):
    """Live one life of a longer run once more and tell how it ends."""
    chance = random.Random(f"{seed}/{number}")
    text = one(chance, chance.choice(LIFE_STEPS), Counter())
    print(text or "nothing was violated")
    return 1 if text else 0


def main():
    """Run; 0 if nothing was violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.run", description=__doc__)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--life", type=int, default=-1, help="live this one alone")
    parser.add_argument("--mutant", default="")
    parser.add_argument("--mutants", action="store_true", help="tell the names of all mutants")
    options = parser.parse_args()
    if options.mutants:
        print(json.dumps({"mutants": list(MUTANTS)}))
        return 0
    if options.mutant:
        MUTANTS[options.mutant]()
    if options.life >= 0:
        return again(options.seed, options.life)
    began = time.monotonic()
    counts, violations = lives(options.steps, options.seed, 1 if options.mutant else 5,
                               lambda done: print(done, flush=True))
    print(json.dumps({"steps": counts["steps"], "violations": violations,
                      "counts": dict(sorted(counts.items())),
                      "duration_s": round(time.monotonic() - began, 1)}))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
