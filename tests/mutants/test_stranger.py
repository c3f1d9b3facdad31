"""Wrong versions written from the requirements, by somebody who had not seen the tests: all killed.

One whose text is no longer there has to be planted anew: the rule moved, and so does this.
"""

import json
import os
import subprocess
import sys

import pytest

from tests.mutants.planting import LIST, ROOT, mutants, mutated

PARTS = 6
SHARE = -(-len(mutants()) // PARTS)


def ended(which: str) -> dict[str, str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-m", "tests.mutants.planting", which], cwd=ROOT,
                          env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    return {what: f"{end}\n{done.stdout[-2_000:]}" if end not in ("killed", "survived") else end
            for what, end in result.items()}


@pytest.mark.parametrize("part", range(PARTS))
def test_each_is_killed_by_the_test_that_the_list_names(part):
    result = ended(f"{part * SHARE}:{(part + 1) * SHARE}")
    assert len(result) == len(mutants()[part * SHARE:(part + 1) * SHARE])
    assert {what: end for what, end in result.items() if end != "killed"} == {}


def test_those_tests_pass_where_nothing_is_planted():
    assert set(ended("right").values()) == {"survived"}


def test_the_list_holds_many_and_none_twice():
    listed = mutants()
    assert len(listed) >= 50, LIST
    assert len({mutated(mutant) for mutant in listed}) == len(listed)
    assert len({mutant["what"] for mutant in listed}) == len(listed)
    for mutant in listed:
        compile(mutated(mutant), mutant["file"], "exec")
