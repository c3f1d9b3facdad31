"""`make prove PART=guard`: explores, replays, writes build/prove/guard.json."""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from hil.prove.guard import image
from hil.rigs.find_micropython import HOW_TO_INSTALL, micropython_command

ROOT = Path(__file__).resolve().parents[3]
OUT = Path("build/prove/guard.json")
FOLDER = Path("build/prove/guard")
REPLAY = ROOT / "tests" / "model" / "guard_replay.py"
SAMPLED_LEAST, REFUSALS_LEAST = 10_000, 1_000
IMAGE = ROOT / "build" / "thecal-pico-dev.uf2"


def main() -> int:
    """Run the proof; 0 if nothing was violated, every wrong version seen, and all compared."""
    parser = argparse.ArgumentParser(prog="make prove PART=guard", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--states", type=int, default=0, help="at most, of each case; 0 = all")
    parser.add_argument("--image", type=Path, default=IMAGE, help="a development image")
    options = parser.parse_args()
    command = micropython_command()
    if command is None:
        print(f"thecal: {HOW_TO_INSTALL}", file=sys.stderr)
        return 3
    if not options.image.exists():
        print(f"thecal: no {options.image}: run `make firmware DEV=1` first", file=sys.stderr)
        return 3
    began = time.monotonic()
    FOLDER.mkdir(parents=True, exist_ok=True)
    _run([sys.executable, "-m", "tests.model.guard_run", "--out", str(FOLDER.resolve()),
          "--seed", str(options.seed), "--states", str(options.states)])
    result: dict[str, Any] = {"part": "guard", "seed": options.seed}
    result |= json.loads((FOLDER / "found.json").read_text())
    result |= compare(command, FOLDER)
    result |= compare_image(options.image, FOLDER, result["different"])
    result["duration_s"] = round(time.monotonic() - began, 1)
    result["ok"] = (not result["violations"] and result["killed"] == result["mutants"]
                    and result["closed"] and result["different"] is None
                    and result["sampled"] >= SAMPLED_LEAST
                    and result["sampled_refusals"] >= REFUSALS_LEAST
                    and result["compared_image"] == result["sampled"])
    OUT.write_text(json.dumps(result, indent=1) + "\n")
    _tell(result)
    return 0 if result["ok"] else 1


def compare(micropython: list[str], folder: Path) -> dict[str, Any]:
    """Replay the sampled paths on both Pythons; each must print what the model came to."""
    expected = (folder / "expected.txt").read_bytes().splitlines()
    counted: dict[str, Any] = {"sampled": len(expected), "different": None}
    for name, command in (("cpython", [sys.executable]), ("micropython", micropython)):
        printed = _run([*command, str(REPLAY), str((folder / "paths.txt").resolve())]).splitlines()
        same = 0
        for one, other in zip(expected, printed, strict=False):
            if one != other:
                break
            same += 1
        counted[f"compared_{name}"] = same
        if same < len(expected) or len(printed) != len(expected):
            counted["different"] = f"{name}, line {same + 1}"
    return counted


def compare_image(dev_image: Path, folder: Path, different: str | None) -> dict[str, Any]:
    """The same in the image on the emulated Pico; a difference found before is kept."""
    same, other = image.compare(dev_image, folder)
    return {"compared_image": same, "different": different or other}


def _run(command: list[str]) -> bytes:
    """Run a process with the firmware on its path; returns what it prints."""
    paths = os.pathsep.join([str(ROOT / "firmware"), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": paths, "MICROPYPATH": paths,
                   "PYTHONHASHSEED": "0"}
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE,
                          check=True).stdout


def _tell(result: dict[str, Any]) -> None:
    for case in result["cases"]:
        end = "to its end" if case["closed"] else f"to depth {case['depth']}"
        print(f"{case['name']:26} {case['states']:8} states {case['transitions']:9} transitions "
              f"{end}")
    print(f"{result['states']} states, {result['transitions']} transitions, "
          f"{len(result['violations'])} violations in {result['duration_s']} s; "
          f"{result['killed']} of {result['mutants']} wrong versions seen; "
          f"{result['compared_micropython']} of {result['sampled']} sampled transitions the same "
          f"on MicroPython, {result['compared_image']} in the image")
    for violation in result["violations"][:10]:
        print(f"VIOLATION {violation['case']}: {violation['what']}: "
              f"{', '.join(violation['events'])}")
    for what in result["survivors"]:
        print(f"NOT SEEN {what}")
    if result["different"]:
        print(f"DIFFERENT {result['different']}")
    print(f"see {OUT}")


if __name__ == "__main__":
    sys.exit(main())
