"""`make prove PART=powercut`: runs both campaigns, writes build/prove/powercut.json."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from hil.prove.powercut import campaign
from hil.prove.powercut.campaign import Found
from hil.rigs.emulated_rig import IMAGE

OUT = Path("build/prove/powercut.json")
CUTS, EMULATED_CUTS = 400, 200


def main() -> int:
    """Run the proof; 0 if nothing was violated and every kind of cut came about."""
    parser = argparse.ArgumentParser(prog="make prove PART=powercut", description=__doc__)
    parser.add_argument("--cuts", type=int, default=CUTS, help="on the virtual pump")
    parser.add_argument("--emulated", type=int, default=EMULATED_CUTS,
                        help="of the image on the emulated Pico; 0 leaves it out")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.emulated and not IMAGE.exists():
        print("thecal: no firmware image: run `make firmware` first, or ARGS='--emulated 0'",
              file=sys.stderr)
        return 3
    rigs: dict[str, Found] = {}
    if options.cuts:
        rigs["virtual"] = campaign.on_virtual(options.cuts, options.seed)
    if options.emulated:
        rigs["emulated"] = campaign.on_emulated(options.emulated, options.seed)
    result = _result(rigs, options.seed)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=1) + "\n")
    _tell(result)
    return 0 if result["ok"] else 1


def _result(rigs: dict[str, Found], seed: int) -> dict[str, Any]:
    broken = [{"rig": name, **each} for name, found in rigs.items() for each in found.violations]
    return {
        "part": "powercut",
        "seed": seed,
        "duration_s": round(sum(found.duration_s for found in rigs.values()), 1),
        "cuts": sum(found.cuts for found in rigs.values()),
        "emulated_cuts": rigs["emulated"].cuts if "emulated" in rigs else 0,
        "lost": sum(found.lost for found in rigs.values()),
        "rigs": {name: found.as_json() for name, found in rigs.items()},
        "violations": broken,
        "ok": not broken,
    }


def _tell(result: dict[str, Any]) -> None:
    for name, found in result["rigs"].items():
        kinds = ", ".join(f"{kind} {count}" for kind, count in found["kinds"].items())
        print(f"{name}: {found['cuts']} power cuts in {found['duration_s']} s, at: {kinds}")
    for broken in result["violations"][:20]:
        print(f"VIOLATION {broken}")
    print(f"{len(result['violations'])} violations, {result['lost']} records lost; see {OUT}")


if __name__ == "__main__":
    sys.exit(main())
