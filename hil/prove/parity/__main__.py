"""`make prove PART=parity`: runs the scripted hour on both rigs, writes build/prove/parity.json."""

import argparse
import json
import sys
import time
from pathlib import Path

from hil.plant import PlantSettings
from hil.prove.parity.compare import compare
from hil.prove.parity.script import HOUR, SEED, SHORT, live
from hil.rigs.emulated_rig import EmulatedRig, NoImage
from hil.rigs.virtual_rig import VirtualRig

OUT = Path("build/prove/parity.json")


def main() -> int:
    """Run the proof; 0 if both rigs lived the same hour."""
    parser = argparse.ArgumentParser(prog="make prove PART=parity", description=__doc__)
    parser.add_argument("--short", action="store_true", help="the short script of the tests")
    options = parser.parse_args()
    script = SHORT if options.short else HOUR
    began = time.monotonic()
    with VirtualRig(PlantSettings(seed=SEED)) as rig:
        virtual = live(rig, script)
    print(f"the image runs {script.end_s:.0f} s on the emulated Pico ...", file=sys.stderr)
    try:
        with EmulatedRig(PlantSettings(seed=SEED)) as rig:
            emulated = live(rig, script)
    except NoImage as error:
        print(f"thecal: {error}", file=sys.stderr)
        return 3
    found = compare(virtual, emulated)
    result = {"part": "parity", "seed": SEED, "simulated_s": script.end_s,
              "duration_s": round(time.monotonic() - began, 1), **found,
              "ok": not found["violations"]}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{result['events']} events and {result['strokes']} strokes on both rigs; at most "
          f"{max(result['worst_event_ms'], result['worst_stroke_ms'])} ms and "
          f"{result['balance_apart_nl']} nL apart")
    for broken in result["violations"]:
        print(f"VIOLATION {broken}")
    print(f"{len(result['violations'])} violations; see {OUT}")
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
