"""The guard in the image comes to the same states: a part of `make prove PART=guard`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hil.prove.guard import image as guard_image

pytestmark = [pytest.mark.rig, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
SAMPLED = 300
WRONG = "from pump.core.guard import Guard\nGuard.within_limits = lambda self, now_s: True\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Orders of events of every scaled pump, and what the model came to."""
    out = tmp_path_factory.mktemp("guard")
    paths = os.pathsep.join([str(ROOT / "firmware"), str(ROOT)])
    subprocess.run([sys.executable, "-m", "tests.model.guard_run", "--out", str(out),
                    "--states", "700", "--sampled", str(SAMPLED), "--mutant-states", "1"],
                   cwd=ROOT, env={**os.environ, "PYTHONPATH": paths}, check=True, timeout=120)
    return out


def test_the_image_comes_to_the_same_states(dev_image, folder):
    same, different = guard_image.compare(dev_image, folder)
    assert different is None
    assert same >= SAMPLED


def test_a_guard_that_knows_no_limit_is_seen(dev_image, folder):
    _same, different = guard_image.compare(dev_image, folder, WRONG)
    assert different is not None
