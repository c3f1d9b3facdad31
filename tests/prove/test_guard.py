"""A shallow part of `make prove PART=guard`, in processes of its own: it changes constants."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hil.prove.guard.__main__ import compare

ROOT = Path(__file__).resolve().parents[2]
STATES, MUTANT_STATES, SAMPLED = 700, 1_200, 600


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where a shallow run left what it found."""
    out = tmp_path_factory.mktemp("guard")
    paths = os.pathsep.join([str(ROOT / "firmware"), str(ROOT)])
    subprocess.run([sys.executable, "-m", "tests.model.guard_run", "--out", str(out),
                    "--states", str(STATES), "--sampled", str(SAMPLED),
                    "--mutant-states", str(MUTANT_STATES)],
                   cwd=ROOT, env={**os.environ, "PYTHONPATH": paths}, check=True, timeout=120)
    return out


@pytest.fixture(scope="module")
def found(folder):
    return json.loads((folder / "found.json").read_text())


def test_no_order_of_events_breaks_a_promise(found):
    assert found["violations"] == []
    assert found["transitions"] > 25_000
    assert found["depth"] >= 4


def test_the_smallest_pumps_are_followed_to_their_end(found):
    closed = {case["name"] for case in found["cases"] if case["closed"]}
    assert {"marks", "two windows"} <= closed


def test_most_wrong_versions_are_seen_at_once(found):
    """The rest needs more states than this run has; `make prove` must see them all."""
    assert found["mutants"] >= 35
    assert found["killed"] >= 24


def test_micropython_comes_to_the_same_states(folder, found, micropython):
    assert found["sampled_refusals"] > SAMPLED // 10
    compared = compare(micropython, folder)
    assert compared["different"] is None
    assert compared["compared_micropython"] == compared["sampled"] >= SAMPLED
