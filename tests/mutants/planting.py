"""Wrong versions planted in memory, each in a process of its own, with one test run against it.

    python -m tests.mutants.planting 0:40    the mutants of stranger.toml from 0 to before 40
    python -m tests.mutants.planting right   every killer, with nothing planted

The last line of the output is JSON: {what: how it ended}. A killer is named as
`core.test_guard:test_something`; all cases of it are tried until one fails.
"""

import importlib
import importlib.abc
import importlib.util
import inspect
import itertools
import json
import os
import signal
import sys
import tomllib
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[2]
PUMP = ROOT / "firmware" / "pump"
LIST = Path(__file__).with_name("stranger.toml")
KILLED, SURVIVED, WRONG = 3, 0, 1
ENDS = {KILLED: "killed", SURVIVED: "survived", WRONG: "not a test of it",
        -signal.SIGVTALRM: "without an end"}
MOST_S = 120  # of the processor
Mutant = dict[str, str]


def mutants() -> list[Mutant]:
    """The list."""
    return tomllib.loads(LIST.read_text())["mutant"]


def mutated(mutant: Mutant) -> str:
    """The wrong source; every text must stand there exactly once."""
    text = (PUMP / mutant["file"]).read_text()
    for old, new in (("old", "new"), ("old2", "new2")):
        if old in mutant:
            if text.count(mutant[old]) != 1:
                raise ValueError(f"{mutant['what']}: its text is there "
                                 f"{text.count(mutant[old])} times")
            text = text.replace(mutant[old], mutant[new])
    return text


class Planted(importlib.abc.InspectLoader, importlib.abc.MetaPathFinder):
    """Hands out another source for one module."""

    def __init__(self, mutant: Mutant):
        self.name = "pump." + mutant["file"].removesuffix(".py").replace("/", ".")
        self.path = PUMP / mutant["file"]
        self.text = mutated(mutant)

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def get_source(self, fullname: str) -> str:
        return self.text

    def exec_module(self, module: Any) -> None:
        exec(compile(self.text, str(self.path), "exec"), module.__dict__)


def cases(test: Callable[..., Any]) -> Iterator[dict[str, Any]]:
    """The arguments of each case that pytest would make of a test's parametrize marks."""
    ways = []
    for mark in getattr(test, "pytestmark", []):
        if mark.name == "parametrize":
            names = mark.args[0]
            names = [name.strip() for name in names.split(",")] if isinstance(
                names, str) else list(names)
            ways.append([dict(zip(names, _values(value, len(names)), strict=True))
                         for value in mark.args[1]])
    for chosen in itertools.product(*ways):
        yield {name: value for each in chosen for name, value in each.items()}


def _values(value: Any, number: int) -> Any:
    if hasattr(value, "values") and hasattr(value, "marks"):  # pytest.param
        return value.values
    return [value] if number == 1 else value


def run(killer: str) -> int:
    """Try a test; how it ended."""
    module, name = killer.split(":")
    test = getattr(importlib.import_module(f"tests.{module}"), name)
    wanted = set() if hasattr(test, "hypothesis") else set(inspect.signature(test).parameters)
    for arguments in cases(test):
        if wanted - set(arguments):
            print(f"{killer}: wants {wanted - set(arguments)}")
            return WRONG
        try:
            test(**arguments)
        except (Exception, pytest.fail.Exception):  # noqa: BLE001 - however it fails, it fails
            return KILLED
    return SURVIVED


def in_a_fork(does: Callable[[], int]) -> int:
    """Do it in a child; what it returned. One without an end is ended."""
    child = os.fork()
    if not child:
        code = WRONG
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, MOST_S)
            code = does()
        except BaseException:  # noqa: BLE001 - a child must not go on into the parent's code
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def planted(mutant: Mutant) -> int:
    """Plant, then try the killer."""
    sys.meta_path.insert(0, Planted(mutant))
    return run(mutant["killer"])


def right(killers: list[str]) -> dict[str, str]:
    """Each killer with nothing planted, and how it ended."""
    def all_of_them() -> int:
        for killer in killers:
            end = run(killer)
            if end != SURVIVED:
                print(f"{killer}: {ENDS[end]}")
                return end
        return SURVIVED
    return {"the killers": _told(in_a_fork(all_of_them))}


def _told(code: int) -> str:
    return ENDS.get(code, f"ended with {code}")


def main(which: str) -> int:
    """Run some, and tell."""
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)  # no shrinking
    hypothesis.settings.register_profile("planted", deadline=None, database=None,
                                         derandomize=True, phases=phases)
    hypothesis.settings.load_profile("planted")
    importlib.import_module("hypothesis.strategies")
    if which == "right":
        ended = right(sorted({mutant["killer"] for mutant in mutants()}))
    else:
        first, end = map(int, which.split(":"))
        ended = {mutant["what"]: _told(in_a_fork(lambda mutant=mutant: planted(mutant)))
                 for mutant in mutants()[first:end]}
    print(json.dumps(ended))
    return 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.path[:0] = [str(ROOT / "firmware"), str(ROOT / "host"), str(ROOT)]
    sys.exit(main(sys.argv[1]))
