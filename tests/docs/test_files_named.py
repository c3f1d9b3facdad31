"""Files that the documentation names are there."""

import re

import pytest

from tests.docs.pages import PAGES, ROOT

# A path may be given from any of these; `core/guard.py` is firmware/pump's.
ROOTS = (
    "", "firmware", "firmware/pump", "firmware/pump/core", "firmware/pump/app",
    "firmware/pump/board", "firmware/pump/board/pico", "firmware/thecal_wire", "firmware/image",
    "firmware/image/frozen/release", "host/thecal", "host/thecal/prescribing",
    "host/thecal/archive", "hil", "hil/plant", "hil/demo",
)
_PATH = re.compile(r"`((?:\.\./)?[a-zA-Z_][\w/]*\.(?:py|toml|c|md))`")
NOT_OURS = {"drivers/iio/flow/slf3s.c", "rp2_pio.c"}  # of Linux and MicroPython
MADE_BY_THE_READER = {"slow.toml", "fast.toml"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_is_there(page):
    named = set(_PATH.findall(page.read_text(encoding="utf-8")))
    named -= MADE_BY_THE_READER | NOT_OURS
    missing = {path for path in named
               if not any((ROOT / root / path).exists() for root in ROOTS)}
    assert missing == set()
