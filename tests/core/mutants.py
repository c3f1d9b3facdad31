"""Wrong versions of a rule: planted into a copy of the firmware, with a test run against it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
NOT_NEEDED = shutil.ignore_patterns("__pycache__", "board", "app", "link")

# Runs tests as plain functions: 0 = all passed, 3 = one failed. A mutant that cannot even be
# imported is no wrong version but a slip of the pen: 1.
RUN = """
import importlib, json, sys, traceback, hypothesis, pytest
first_failure_does = (hypothesis.Phase.explicit, hypothesis.Phase.generate)  # no shrinking
hypothesis.settings.register_profile("mutants", deadline=None, database=None, derandomize=True,
                                     phases=first_failure_does)
hypothesis.settings.load_profile("mutants")
import pump
assert pump.__file__.startswith(sys.argv[1]), pump.__file__
tests = [(getattr(importlib.import_module(module), name), arguments)
         for module, name, arguments in json.loads(sys.argv[2])]
for test, arguments in tests:
    try:
        test(*arguments)
    except (Exception, pytest.fail.Exception):
        traceback.print_exc()
        sys.exit(3)
"""
PASSED, KILLED = 0, 3


class Mutant(NamedTuple):
    """A wrong version: in `file` of firmware/pump each `old` becomes `new`; `test` must fail."""

    what: str
    file: str
    changes: list[tuple[str, str]]
    test: tuple  # module, function, and its arguments

    def killer(self):
        module, name, *arguments = self.test
        return [f"tests.{module}", name, arguments]


def copied(folder: Path) -> Path:
    """A copy of the firmware's Python packages."""
    copy = folder / "firmware"
    for package in ("pump", "thecal_wire"):
        shutil.copytree(FIRMWARE / package, copy / package, ignore=NOT_NEEDED)
    return copy


def plant(mutant: Mutant, copy: Path) -> None:
    """Change the copy; every text must stand there exactly once."""
    path = copy / "pump" / mutant.file
    text = path.read_text()
    for old, new in mutant.changes:
        assert text.count(old) == 1, f"{mutant.what}: {old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    path.write_text(text)


def run(copy: Path, killers: list) -> subprocess.CompletedProcess:
    """Run tests against the copy."""
    environment = {**os.environ, "PYTHONPATH": f"{copy}{os.pathsep}{ROOT}",
                   "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, "-c", RUN, str(copy), json.dumps(killers)],
                          cwd=copy, env=environment, capture_output=True, text=True,
                          timeout=60)
