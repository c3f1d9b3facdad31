"""`make prove PART=core`: a million steps without a violation, and every planted mutant found.

The steps are lived by `python -m tests.proof.run`, some processes side by side; what they tried
and found goes to build/prove/core.json.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from hil.prove.core.crowd import Crowd, mutants
from hil.prove.progress import progress

OUT = Path("build/prove/core.json")
STEPS = 1_000_000
MUTANT_STEPS = 80_000  # so many to find a mutant; most are found within a few hundred
GRANTED = ("patient: granted", "clinician: granted", "prime: granted")
# In a million steps each of these has to happen so often.
OFTEN = {
    "grants": 10_000, "power cuts": 1_000, "watchdog resets": 1_000, "clock sets forward": 1_000,
    "clock sets back": 1_000, "clock sets with another offset": 1_000,
    "reprogrammings during a bolus": 1_000, "stops of a bolus for a programme": 1_000,
    "programme accepted": 1_000, "refill: done": 1_000, "periodic bolus": 1_000,
    "presses in lockout": 1_000, "dose commands sent again": 1_000,
    "dose commands whose answer is lost": 500, "start: done": 1_000, "stop: done": 1_000,
    "stops by the button": 1_000, "late turns": 1_000, "cuts aimed at the flash": 1_000,
    "power cuts in recovery": 200, "power cuts that lose the wall clock": 1_000,
    "long times without power": 100, "wall clock lost while running": 100,
    "waits of two days": 100, "faults of two days": 50, "alarm: long_stop": 50,
    **{f"waits for a boundary: {name}": 100 for name in (
        "quarter", "lockout", "bolus end", "middle of bolus", "gate", "stroke", "step",
        "periodic", "oldest grant", "window", "window by quarter")},
    **{f"fault: {name}": 50 for name in (
        "blind", "pressure", "flow", "stuck", "heat", "turned", "battery")},
}
REFUSALS = {
    "patient": "not_running alarm unavailable bolus_active lockout count reservoir dose_limit",
    "clinician": "not_running alarm bolus_active too_small reservoir dose_limit field already",
    "prime": "must_stop alarm bolus_active too_small prime_cap reservoir already",
    "start": "long_stop alarm reservoir bolus_active must_stop invalid_field",
    "refill": "must_stop", "programme refused": "bolus_active must_stop invalid_field",
}
REFUSED = 20  # each reason, in a million steps


def main() -> int:
    """Run the proof; 0 if nothing was violated, enough happened and every mutant was found."""
    parser = argparse.ArgumentParser(prog="make prove PART=core", description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=0, help="processes; 0 = one each processor")
    parser.add_argument("--no-mutants", action="store_true")
    options = parser.parse_args()
    began = time.monotonic()
    crowd = Crowd(options.jobs)
    for _new in progress(crowd.live(options.steps, options.seed), options.steps, "steps",
                         lambda new: new):
        pass
    counts, violations = crowd.counts, crowd.violations
    counts["grants"] = sum(counts[name] for name in GRANTED)
    found = {} if options.no_mutants else hunt(crowd, options.seed)
    survivors = [name for name, text in found.items() if not text]
    rare = too_rare(counts, options.steps)
    result = {
        "part": "core", "seed": options.seed, "duration_s": round(time.monotonic() - began, 1),
        "steps": counts.get("steps", 0), "violations": violations,
        "counts": dict(sorted(counts.items())), "too_rare": rare,
        "mutants": len(found), "killed": len(found) - len(survivors), "survivors": survivors,
        "found_by": found,
        "ok": not violations and not survivors and not rare,
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=1) + "\n")
    _tell(result)
    return 0 if result["ok"] else 1


def hunt(crowd: Crowd, seed: int) -> dict[str, str]:
    """Plant every mutant; tells what it was found by, nothing if it was not."""
    names = mutants()
    return dict(sorted(progress(crowd.hunt(names, MUTANT_STEPS, seed), len(names), "mutants")))


def too_rare(counts: dict[str, int], steps: int) -> list[str]:
    """What happened less often than a run of so many steps should see it."""
    needed = {name: least * steps // STEPS for name, least in OFTEN.items()}
    for who, reasons in REFUSALS.items():
        for reason in reasons.split():
            needed[f"{who}: {reason}"] = REFUSED * steps // STEPS
    return [f"{name}: {counts.get(name, 0)} of {least}" for name, least in needed.items()
            if counts.get(name, 0) < least]


def _tell(result: dict[str, Any]) -> None:
    counts = result["counts"]
    print(f"{result['steps']} steps: {counts['grants']} grants, {counts.get('strokes', 0)} "
          f"strokes, "
          f"{counts.get('power cuts', 0)} power cuts, {counts.get('clock sets', 0)} clock sets, "
          f"{counts.get('reprogrammings during a bolus', 0)} reprogrammings during a bolus")
    for text in result["violations"]:
        print(f"VIOLATION {text}")
    for text in result["too_rare"]:
        print(f"TOO RARE {text}")
    for name in result["survivors"]:
        print(f"SURVIVES {name}")
    print(f"{len(result['violations'])} violations, {result['killed']} of {result['mutants']} "
          f"mutants found, in {result['duration_s']} s; see {OUT}")


if __name__ == "__main__":
    sys.exit(main())
