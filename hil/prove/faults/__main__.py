"""`make prove PART=faults`: every fault at 60 uL/h, those that show in strokes at 2 uL/h too.

Writes build/prove/faults.json.
"""

import argparse
import json
import sys
import time
from pathlib import Path

from hil.prove.faults.case import FAST, LOWEST, Outcome, Programme, run, running_image
from hil.prove.faults.table import FAULTS, IDLE, Row
from hil.rigs.emulated_rig import IMAGE, NoImage

OUT = Path("build/prove/faults.json")


def main() -> int:
    """Run the proof; 0 if every fault gave its alarm in time and no more flow than it may."""
    parser = argparse.ArgumentParser(prog="make prove PART=faults", description=__doc__)
    parser.add_argument("--image", type=Path, default=IMAGE, help="the UF2 to run")
    parser.add_argument("--only", default="", help="rows whose name holds this")
    parser.add_argument("--lowest-only", action="store_true", help="only those at 2 uL/h")
    options = parser.parse_args()
    began = time.monotonic()
    outcomes: list[Outcome] = []
    try:
        for programme in (LOWEST,) if options.lowest_only else (FAST, LOWEST):
            outcomes += _all_at(programme, options.image, options.only)
    except NoImage as error:
        print(f"thecal: {error}", file=sys.stderr)
        return 3
    bad = [outcome for outcome in outcomes if outcome.broken]
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({
        "part": "faults", "duration_s": round(time.monotonic() - began, 1),
        "cases": [outcome.as_json() for outcome in outcomes], "ok": not bad,
    }, indent=1) + "\n")
    print(f"{len(outcomes)} faults, {len(bad)} not as stated; see {OUT}")
    return 1 if bad or not outcomes else 0


def _all_at(programme: Programme, image: Path, only: str) -> list[Outcome]:
    rows = [row for row in FAULTS if only in row.id and _worth(row, programme)]
    outcomes: list[Outcome] = []
    flash = running_image(programme, image) if rows else b""
    for row in rows:
        outcomes.append(run(row, programme, flash, image))
        print(outcomes[-1].line(), flush=True)
    return outcomes


def _worth(row: Row, programme: Programme) -> bool:
    """Seconds are the same at any rate; strokes are far apart at the lowest."""
    return programme is FAST or (row.bound_strokes > 0 and row.when == IDLE)


if __name__ == "__main__":
    sys.exit(main())
