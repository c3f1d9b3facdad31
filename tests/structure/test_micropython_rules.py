"""The firmware stays within MicroPython: over the tree, and over one planted mistake per rule."""

import pytest

from tools import micropython_rules
from tools.findings import parse
from tools.firmware_rules import check

ARROWS = ("import-direction", "strangers")


def rules(path, text):
    return [finding.rule for finding in micropython_rules.check(parse(text, path))]


def test_the_firmware_keeps_to_what_micropython_has():
    assert [str(one) for one in check() if one.rule not in ARROWS] == []


WRONG = [
    # Modules that the device lacks, or that this part has no business with
    ("app", "import dataclasses", "module"),
    ("app", "from typing import Final", "module"),
    ("app", "from __future__ import annotations", "module"),
    ("app", "import hmac", "module"),
    ("app", "import collections", "module"),
    ("app", "import os.path, json", "module"),
    ("app", "def f():\n    import threading", "module"),
    ("app", "import machine", "module"),
    ("board/virtual", "import machine", "module"),
    ("board", "import rp2", "module"),
    ("link", "import uctypes", "module"),
    ("core", "import time", "module"),
    ("core", "import micropython", "module"),
    ("core", "import hashlib", "module"),
    ("store", "import os", "module"),
    ("store", "import time", "module"),
    # Syntax
    ("app", "x = y[::2]", "stepped-slice"),
    ("app", "x = y[::-1]", "stepped-slice"),
    ("app", "del y[0:4:2]", "stepped-slice"),
    ("app", "match x:\n    case 1:\n        pass", "match"),
    ("app", "async def f():\n    pass", "async"),
    ("app", "def f(a, /):\n    pass", "positional-only"),
    ("app", "f = lambda a, /: a", "positional-only"),
    ("app", "class A(metaclass=type):\n    pass", "class-keyword"),
    # Methods
    ("app", "x = y.removeprefix('a')", "missing-method"),
    ("app", "x = y.removesuffix('a')", "missing-method"),
    ("app", "x = hashlib.sha256(y).hexdigest()", "missing-method"),
    ("app", "x = y.bit_length()", "missing-method"),
    ("app", "for x in struct.iter_unpack('<H', y):\n    pass", "missing-method"),
    ("app", "x = y.zfill(4)", "missing-method"),
    ("app", "x = int.from_bytes(y, 'little', signed=True)", "from-bytes"),
    # Handlers
    ("app", "try:\n    f()\nexcept:\n    pass", "bare-except"),
    ("app", "try:\n    f()\nexcept Exception:\n    pass", "broad-except"),
    ("link", "try:\n    f()\nexcept (OSError, Exception) as e:\n    pass", "broad-except"),
    ("core", "try:\n    f()\nexcept BaseException:\n    raise", "broad-except"),
    # Whole numbers where a dose is decided or counted
    ("core", "RATE = 0.5", "float"),
    ("core", "RATE = 1e3", "float"),
    ("core", "x = float(y)", "float"),
    ("store", "x = -1.5", "float"),
    ("core", "x = y / 2", "true-division"),
    ("core", "x /= 2", "true-division"),
    ("store", "x = y / 2", "true-division"),
    # What the image would hold as a long integer
    ("core", "WINDOWS = (3_600, 14_400)", "long-in-tuple"),
    ("core", "LOW, HIGH = 60, 6 * 3_600", "long-in-tuple"),
    ("core", "X = (-8_193, 'a')", "long-in-tuple"),
]


@pytest.mark.parametrize(("part", "text", "rule"), WRONG)
def test_a_planted_mistake_is_found(part, text, rule):
    assert rules(f"firmware/pump/{part}/a.py", text) == [rule]


RIGHT = [
    ("app", "import sys, time, micropython, gc, select, hashlib, os, struct, binascii, array"),
    ("app", "x = y / 2 + 0.5"),
    ("app", "if (n := f()):\n    x = f'{n:04d}'"),
    ("app", "x = y[1:3]\nx = y[:]"),
    ("app", "x = int.from_bytes(y, 'little')\nx = (1).to_bytes(length=2, byteorder='big')"),
    ("app", "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from typing import Any"),
    ("app", "try:\n    f()\nexcept (OSError, ValueError):\n    pass"),
    ("core", "import struct, binascii, array\nfrom pump.core import units\nx = y // 2"),
    ("core", "X = (-8_192, 8_191)\nZ = (y, 14_400)\nT = 14_400"),
    ("board/pico", "import machine, rp2, uctypes, time"),
    ("board/pico", "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from rp2.asm import *"),
]


@pytest.mark.parametrize(("part", "text"), RIGHT)
def test_what_micropython_can_do_is_left_alone(part, text):
    assert rules(f"firmware/pump/{part}/a.py", text) == []


def test_the_else_of_type_checking_runs_on_the_device():
    text = "if TYPE_CHECKING:\n    from typing import Any\nelse:\n    import typing"
    (found,) = micropython_rules.check(parse(text, "firmware/pump/app/a.py"))
    assert (found.rule, found.line) == ("module", 4)


MAIN_MODULES = ["main.py", "virtual_main.py", "pump/__main__.py", "pump/app/__main__.py"]


@pytest.mark.parametrize("path", MAIN_MODULES)
def test_a_main_module_may_catch_every_exception(path):
    assert rules("firmware/" + path, "try:\n    f()\nexcept Exception:\n    safe()") == []


def test_a_finding_carries_its_line():
    (found,) = micropython_rules.check(parse("x = 1\n\ny = x / 2\n", "firmware/pump/core/a.py"))
    assert str(found) == (
        "firmware/pump/core/a.py:3: true-division: use // and say which way it rounds"
    )
