"""`make prove PART=powercut`: runs the campaign, writes build/prove/powercut.json."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from hil.prove.powercut.campaign import prove

OUT = Path("build/prove/powercut.json")
CUTS = 400


def main() -> int:
    """Run the proof; 0 if nothing was violated and every kind of cut came about."""
    parser = argparse.ArgumentParser(prog="make prove PART=powercut", description=__doc__)
    parser.add_argument("--cuts", type=int, default=CUTS)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    result = prove(options.cuts, options.seed)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=1) + "\n")
    _tell(result)
    return 0 if result["ok"] else 1


def _tell(result: dict[str, Any]) -> None:
    print(f"{result['cuts']} power cuts in {result['duration_s']} s, at: "
          + ", ".join(f"{name} {count}" for name, count in result["histogram"].items()))
    for broken in result["violations"][:20]:
        print(f"VIOLATION {broken}")
    print(f"{len(result['violations'])} violations; see {OUT}")


if __name__ == "__main__":
    sys.exit(main())
