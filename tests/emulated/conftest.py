"""The emulator is optional: without rp2040py nothing here can run."""

import os
from pathlib import Path

import pytest

pytest.importorskip("rp2040py", reason="no emulator: pip install rp2040py==0.3.6")

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def image() -> Path:
    """The firmware's image; `make firmware` makes it, THECAL_IMAGE names another."""
    path = Path(os.environ.get("THECAL_IMAGE") or ROOT / "build" / "thecal-pico.uf2")
    if not path.exists():
        if os.environ.get("CI"):
            pytest.fail(f"no image at {path}: run make firmware")
        pytest.skip(f"no image at {path}: run make firmware")
    return path
