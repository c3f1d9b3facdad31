"""`make prove PART=mutants`: mutmut over the dosing core; writes build/prove/mutants.json.

At least 90 % of the changes must fail a test, and each that does not needs a reason in
tests/mutants/survivors.toml.
"""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from hil.prove.mutants import survivors, workplace
from hil.prove.mutants.modules import TESTS
from hil.prove.progress import progress

OUT = Path("build/prove/mutants.json")
KILLED = ("killed", "timeout")
LEAST_PERCENT = 90


def main() -> int:
    """Run the proof; 0 if enough is killed and every survivor has its reason."""
    parser = argparse.ArgumentParser(prog="make prove PART=mutants", description=__doc__)
    parser.add_argument("--only", default="", help="modules, with commas between: guard,ledger")
    parser.add_argument("--again", action="store_true",
                        help="judge what the last run left, without running")
    options = parser.parse_args()
    modules = options.only.split(",") if options.only else list(TESTS)
    strangers = [module for module in modules if module not in TESTS]
    if strangers:
        print(f"thecal: no such module: {', '.join(strangers)}", file=sys.stderr)
        return 2
    began = time.monotonic()
    ended = {}
    for module in progress(modules, len(modules), "modules"):
        ended[module] = (workplace.read(module) if options.again
                         else workplace.run(module, TESTS[module]))
    result = judge(ended)
    result["duration_s"] = round(time.monotonic() - began, 1)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=1) + "\n")
    _tell(result)
    return 0 if result["ok"] else 1


def judge(ended: dict[str, list[workplace.Mutant]]) -> dict[str, Any]:
    """Figures of each module and of all, and the survivors that nobody explained."""
    left = [(module, tuple(workplace.change(module, mutant.name)))
            for module, mutants in ended.items() for mutant in mutants
            if mutant.end not in KILLED]
    modules = {module: _figures(mutants) for module, mutants in ended.items()}
    total = sum(each["mutants"] for each in modules.values())
    killed = sum(each["killed"] for each in modules.values())
    percent = round(100 * killed / total, 1) if total else 0.0
    bad = survivors.unexplained(left)
    return {
        "part": "mutants", "mutants": total, "killed": killed, "percent": percent,
        "modules": modules, "survivors": [_shown(change) for change in left],
        "without_reason": [_shown(change) for change in bad],
        "explained_but_killed": [_shown(change)
                                 for change in survivors.stale(left, list(ended))],
        "ok": killed * 100 >= LEAST_PERCENT * total > 0 and not bad,
    }


def _figures(mutants: list[workplace.Mutant]) -> dict[str, Any]:
    ends = Counter(mutant.end for mutant in mutants)
    killed = sum(ends[end] for end in KILLED)
    return {"mutants": len(mutants), "killed": killed,
            "percent": round(100 * killed / len(mutants), 1) if mutants else 100.0,
            "ends": dict(ends)}


def _shown(change: survivors.Change) -> dict[str, Any]:
    return {"module": change[0], "change": list(change[1])}


def _tell(result: dict[str, Any]) -> None:
    for module, figures in result["modules"].items():
        print(f"{module:16} {figures['killed']:5} of {figures['mutants']:5} killed, "
              f"{figures['percent']:5} %")
    for each in result["without_reason"]:
        print(f"SURVIVED {each['module']}")
        for line in each["change"]:
            print(f"    {line}")
    for each in result["explained_but_killed"]:
        print(f"listed as a survivor, and killed: {each['module']}: {each['change']}")
    print(f"{result['killed']} of {result['mutants']} killed, {result['percent']} %; "
          f"{len(result['survivors'])} survived, {len(result['without_reason'])} of them without "
          f"a reason; see {OUT}")


if __name__ == "__main__":
    sys.exit(main())
