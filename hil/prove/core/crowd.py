"""Processes of `tests.proof.run`, as many as there are processors, and what they tell."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
RUN = "tests.proof.run"


class Crowd:
    """Runs lives side by side; progress on a terminal."""

    def __init__(self) -> None:
        self.workers = os.cpu_count() or 1
        self._done: dict[str, int] = {}
        self._of = ""

    def live(self, steps: int, seed: int) -> tuple[dict[str, int], list[str]]:
        """Live so many steps in all; returns (counts, violations)."""
        self._of = f"of {steps} steps"
        share = [steps // self.workers + (i < steps % self.workers) for i in range(self.workers)]
        counts: Counter[str] = Counter()
        violations: list[str] = []
        with ThreadPoolExecutor(self.workers) as pool:
            jobs = [pool.submit(self._run, f"{seed}.{i}", part) for i, part in enumerate(share)]
            for job in jobs:
                result = job.result()
                counts.update(result["counts"])
                violations += result["violations"]
        self._end()
        return dict(counts), violations

    def hunt(self, names: Iterable[str], steps: int, seed: int) -> dict[str, str]:
        """Plant each mutant and live until a violation; tells the first line of it, or nothing."""
        found: dict[str, str] = {}
        self._of = "mutants"

        def one(name: str) -> None:
            result = self._run(f"{seed}.mutant", steps, name)
            text = result["violations"][0].split("\n")[0] if result["violations"] else ""
            found[name] = text and f"{result['steps']} steps: {text}"
            self._show({"mutants": len(found)})
        with ThreadPoolExecutor(self.workers) as pool:
            list(pool.map(one, names))
        self._end()
        return dict(sorted(found.items()))

    def _run(self, seed: str, steps: int, mutant: str = "") -> dict[str, Any]:
        options = ["--steps", str(steps), "--seed", seed]
        if mutant:
            options += ["--mutant", mutant]
        tell: Callable[[str], None] = (
            (lambda line: None) if mutant else lambda line: self._show({seed: int(line)}))
        return _output(options, tell)

    def _show(self, done: dict[str, int]) -> None:
        self._done |= done
        if sys.stderr.isatty():
            print(f"\r{sum(self._done.values())} {self._of}", end="", file=sys.stderr, flush=True)

    def _end(self) -> None:
        self._done = {}
        if sys.stderr.isatty():
            print(file=sys.stderr)


def mutants() -> list[str]:
    """The names of all mutants."""
    names: list[str] = _output(["--mutants"], lambda line: None)["mutants"]
    return names


def _output(options: list[str], tell: Callable[[str], None]) -> dict[str, Any]:
    """Run once; the last line of the output is the result, those before tell how far it is."""
    paths = os.pathsep.join(str(ROOT / folder) for folder in ("firmware", "host", "."))
    command = [sys.executable, "-m", RUN, *options]
    last = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "PYTHONPATH": paths}) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if last:
                tell(last)
            last = line.strip()
    if process.returncode not in (0, 1) or not last.startswith("{"):
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    result: dict[str, Any] = json.loads(last)
    return result
