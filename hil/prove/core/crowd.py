"""Processes of `tests.proof.run`, side by side, and what they tell."""

import json
import os
import queue
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
RUN = "tests.proof.run"


class Crowd:
    """Runs lives side by side, by default as many as there are processors."""

    def __init__(self, jobs: int = 0) -> None:
        self.jobs = jobs or os.cpu_count() or 1
        self.counts: Counter[str] = Counter()
        self.violations: list[str] = []

    def live(self, steps: int, seed: int) -> Iterator[int]:
        """Live so many steps in all, into `counts` and `violations`; yields them as they come."""
        share = [steps // self.jobs + (i < steps % self.jobs) for i in range(self.jobs)]
        told: queue.SimpleQueue[int | None] = queue.SimpleQueue()

        def one(number: int) -> dict[str, Any]:
            before = 0

            def tell(line: str) -> None:
                nonlocal before
                told.put(int(line) - before)
                before = int(line)
            try:
                return _run(f"{seed}.{number}", share[number], tell)
            finally:
                told.put(None)
        with ThreadPoolExecutor(self.jobs) as pool:
            parts = [pool.submit(one, number) for number in range(self.jobs)]
            for _part in parts:
                yield from iter(told.get, None)
        for part in parts:
            result = part.result()
            self.counts.update(result["counts"])
            self.violations += result["violations"]

    def hunt(self, names: Iterable[str], steps: int, seed: int) -> Iterator[tuple[str, str]]:
        """Plant each mutant and live until a violation; yields its name and what was found."""
        def one(name: str) -> tuple[str, str]:
            result = _run(f"{seed}.mutant", steps, mutant=name)
            if not result["violations"]:
                return name, ""
            return name, f"{result['steps']} steps: " + result["violations"][0].split("\n")[0]
        with ThreadPoolExecutor(self.jobs) as pool:
            for done in as_completed([pool.submit(one, name) for name in names]):
                yield done.result()


def mutants() -> list[str]:
    """The names of all mutants."""
    names: list[str] = _output(["--mutants"])["mutants"]
    return names


def _run(seed: str, steps: int, tell: Callable[[str], None] | None = None,
         mutant: str = "") -> dict[str, Any]:
    options = ["--steps", str(steps), "--seed", seed]
    return _output(options + (["--mutant", mutant] if mutant else []), tell)


def _output(options: list[str], tell: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Run once; the last line of the output is the result, those before tell how far it is."""
    paths = os.pathsep.join(str(ROOT / folder) for folder in ("firmware", "host", "."))
    command = [sys.executable, "-m", RUN, *options]
    last = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "PYTHONPATH": paths}) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if last and tell is not None:
                tell(last)
            last = line.strip()
    if process.returncode not in (0, 1) or not last.startswith("{"):
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    result: dict[str, Any] = json.loads(last)
    return result
