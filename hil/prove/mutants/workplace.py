"""One module of the dosing core, the tests that answer for it, and mutmut over both.

mutmut wants the package at the root of a project and everything below it: each module gets a
folder of its own with a copy of the firmware and of the tests.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[3]
FOLDER = Path("build/prove/mutants")
NO_CACHE = shutil.ignore_patterns("__pycache__")

PYPROJECT = """\
[tool.pytest.ini_options]
pythonpath = ["."]
addopts = ["--import-mode=importlib"]

[tool.mutmut]
source_paths = ["pump"]
only_mutate = ["pump/core/{module}.py"]
also_copy = ["thecal_wire"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:pytest_embedded"]
pytest_add_cli_args_test_selection = {tests}
process_isolation = "forkserver"
use_git_change_detection = false
# What does not end is ended by conftest.py, by the time of the processor: the machine may be busy.
timeout_constant = 60.0
timeout_multiplier = 10.0
"""

# Stands for tests/conftest.py: the same examples each time and not too many, a failure is enough,
# the fast tests first, and one that a mutant keeps from ending fails.
CONFTEST = """\
import json
import signal
from pathlib import Path

import hypothesis
import pytest

FOUND_IS_ENOUGH = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
hypothesis.settings.register_profile("mutmut", deadline=None, database=None, derandomize=True,
                                     phases=FOUND_IS_ENOUGH)
hypothesis.settings.load_profile("mutmut")
STATS = Path(__file__).parents[1] / "mutmut-stats.json"
LASTS = json.loads(STATS.read_text()).get("duration_by_test", {}) if STATS.exists() else {}
EXAMPLES_MOST = 50
OWN = "_hypothesis_internal_use_settings"


class WithoutEnd(Exception):
    pass


def end(_signal, _frame):
    raise WithoutEnd


def pytest_collection_modifyitems(items):
    signal.signal(signal.SIGVTALRM, end)
    for item in items:
        own = getattr(item.obj, OWN, None)
        if own is not None and own.max_examples > EXAMPLES_MOST:
            setattr(item.obj, OWN, hypothesis.settings(own, max_examples=EXAMPLES_MOST))
    items.sort(key=lambda item: LASTS.get(item.nodeid, 0))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    most_s = 3 + 5 * LASTS.get(item.nodeid, 100)  # of the processor
    signal.setitimer(signal.ITIMER_VIRTUAL, most_s, most_s)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
"""

KILLED = {1: "killed", 3: "killed", -24: "timeout", 24: "timeout", 36: "timeout", 152: "timeout",
          255: "timeout"}
UNTESTED = (5, 33)
UNTRIED = "not tried"


class Mutant(NamedTuple):
    """One change that mutmut made, and how it ended: killed, timeout, survived or else."""

    name: str
    end: str


def run(module: str, tests: list[str]) -> list[Mutant]:
    """Change the module in every way that mutmut knows; how each change ended.

    A run of the same sources and tests that came to its end stands.
    """
    folder = FOLDER / module
    made_from = _digest(module, tests)
    stamp = folder / "made_from"
    if stamp.exists() and stamp.read_text() == made_from:
        return read(module)
    _furnish(folder, module, tests)
    with (folder / "log.txt").open("w") as log:
        done = subprocess.run([sys.executable, "-m", "mutmut", "run", "--max-children", "1"],
                              cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    if done.returncode:
        raise RuntimeError(f"mutmut failed on {module}, see {folder / 'log.txt'}")
    ended = read(module)
    if not any(mutant.end == UNTRIED for mutant in ended):
        stamp.write_text(made_from)
    return ended


def read(module: str) -> list[Mutant]:
    """How the mutants of the last run ended."""
    meta = FOLDER / module / "mutants" / "pump" / "core" / f"{module}.py.meta"
    ends = json.loads(meta.read_text())["exit_code_by_key"]
    return [Mutant(name, _end(code)) for name, code in ends.items()]


def change(module: str, name: str) -> list[str]:
    """The lines that a mutant takes away (-) and puts there (+), without their indents."""
    shown = subprocess.run([sys.executable, "-m", "mutmut", "show", name], cwd=FOLDER / module,
                           capture_output=True, text=True, check=True).stdout
    return [line[0] + " " + line[1:].strip() for line in shown.splitlines()
            if line[:1] in ("-", "+") and line[:3] not in ("---", "+++")]


def _end(code: int | None) -> str:
    if code is None:
        return UNTRIED
    if code == 0:
        return "survived"
    return "untested" if code in UNTESTED else KILLED.get(code, f"ended with {code}")


def _digest(module: str, tests: list[str]) -> str:
    """Of all that a run depends on: the firmware, the helpers of the tests, its own tests."""
    sum_of_all = hashlib.sha256((PYPROJECT + CONFTEST + module).encode())
    helpers = [path for folder in ("core", "oracles") for path in ROOT.glob(f"tests/{folder}/*.py")
               if not path.name.startswith("test_") and path.name != "mutants.py"]
    for path in sorted({*ROOT.glob("firmware/pump/core/*.py"), *ROOT.glob("firmware/thecal_wire/*"),
                        *helpers, *(ROOT / "tests" / test for test in tests)}):
        if path.is_file():
            sum_of_all.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return sum_of_all.hexdigest()


def _furnish(folder: Path, module: str, tests: list[str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for package in ("pump", "thecal_wire"):
        shutil.copytree(ROOT / "firmware" / package, folder / package, ignore=NO_CACHE)
    shutil.copytree(ROOT / "tests", folder / "tests", ignore=NO_CACHE)
    (folder / "tests" / "conftest.py").write_text(CONFTEST)
    (folder / "pyproject.toml").write_text(PYPROJECT.format(
        module=module, tests=json.dumps([f"tests/{test}" for test in tests])))
