"""Imports run one way: over the tree, and over planted imports that run the wrong way."""

import pytest

from tools import import_rules
from tools.findings import parse
from tools.firmware_rules import ROOT, check


def findings(sources):
    return import_rules.check([parse(text, path) for path, text in sources.items()])


def test_every_import_in_the_tree_runs_with_the_arrows():
    found = [str(one) for one in check() if one.rule in ("import-direction", "strangers", "syntax")]
    assert found == []


def test_the_check_reads_the_tree_that_it_is_part_of():
    assert (ROOT / "tools" / "firmware_rules.py").is_file()


WRONG = [
    ("firmware/thecal_wire/frame.py", "import pump.core.units"),
    ("firmware/thecal_wire/frame.py", "import thecal.device"),
    ("firmware/pump/__init__.py", "from pump import app"),
    ("firmware/pump/core/a.py", "import pump.store.tally"),
    ("firmware/pump/core/a.py", "from pump.board import hal"),
    ("firmware/pump/core/a.py", "from pump import link"),
    ("firmware/pump/core/a.py", "from .. import store"),
    ("firmware/pump/core/a.py", "from ..store.tally import Tally"),
    ("firmware/pump/core/a.py", "def f():\n    import pump.app.loop"),
    ("firmware/pump/store/a.py", "import pump.link.session"),
    ("firmware/pump/link/a.py", "import pump.store.tally"),
    ("firmware/pump/link/a.py", "import pump.app"),
    ("firmware/pump/board/hal.py", "import pump.store.nor"),
    ("firmware/pump/board/pico/a.py", "import pump.app"),
    ("firmware/image/manifest.py", "import pump.core"),
    ("firmware/spare.py", "import struct"),
    ("host/thecal/cli/a.py", "import pump.core.units"),
    ("host/thecal/cli/a.py", "from hil.rigs import virtual"),
    ("host/thecal/cli/a.py", "import importlib\nimportlib.import_module('pump.core')"),
    ("hil/suite/a.py", "from pump.core import guard"),
    ("hil/suite/a.py", "__import__('pump')"),
    ("hil/plant/a.py", "import thecal_wire.events"),
    ("hil/plant/a.py", "from hil.rigs import virtual"),
    ("hil/plant/a.py", "from ..rigs import virtual"),
    ("hil/plant/a.py", "import thecal.device"),
]


@pytest.mark.parametrize(("path", "text"), WRONG)
def test_an_import_against_the_arrows_is_found(path, text):
    (found,) = findings({path: text})
    assert (found.path, found.rule) == (path, "import-direction")
    assert found.line == len(text.splitlines())


RIGHT = [
    ("firmware/thecal_wire/frame.py", "from thecal_wire import cobs"),
    ("firmware/pump/core/a.py", "from pump.core import units\nfrom thecal_wire.codes import ALARM"),
    ("firmware/pump/core/a.py", "from . import units\nfrom .units import NL"),
    ("firmware/pump/store/a.py", "from pump.core import units\nfrom pump.store.nor import Nor"),
    ("firmware/pump/link/a.py", "from pump.core import guard\nimport thecal_wire.frame"),
    ("firmware/pump/board/pico/a.py", "from pump.board import hal\nimport machine"),
    ("firmware/pump/app/loop.py", "import pump.core.guard, pump.store.tally, pump.board.hal"),
    ("firmware/main.py", "from pump.app import loop"),
    ("host/thecal/cli/a.py", "import thecal.device, thecal_wire.frame, click"),
    ("hil/suite/a.py", "from hil.plant import rotor\nimport thecal.device"),
    ("hil/plant/a.py", "from hil.plant.rotor import Rotor\nfrom . import line\nimport math"),
    ("tests/core/test_a.py", "from pump.core import guard\nfrom hil.plant import rotor"),
]


@pytest.mark.parametrize(("path", "text"), RIGHT)
def test_an_import_with_the_arrows_is_left_alone(path, text):
    assert findings({path: text}) == []


CORE = "firmware/pump/core/"


@pytest.mark.parametrize(("one", "other"), [("guard", "therapy"), ("therapy", "guard")])
def test_guard_and_therapy_do_not_import_each_other(one, other):
    sources = {CORE + f"{one}.py": f"from pump.core.{other} import f", CORE + f"{other}.py": ""}
    (found,) = findings(sources)
    assert (found.rule, found.path) == ("strangers", CORE + f"{one}.py")


def test_guard_does_not_reach_therapy_through_others():
    sources = {
        CORE + "guard.py": "import struct\nfrom pump.core import window",
        CORE + "window.py": "from pump.core import rates",
        CORE + "rates.py": "from pump.core.therapy import basal\nfrom pump.core import window",
        CORE + "therapy.py": "",
    }
    (found,) = findings(sources)
    assert (found.rule, found.line) == ("strangers", 2)
    assert "window -> pump.core.rates -> pump.core.therapy" in found.advice


def test_guard_and_therapy_may_share_constants():
    sources = {
        CORE + "guard.py": "from pump.core import units",
        CORE + "therapy.py": "from pump.core import units",
        CORE + "units.py": "",
    }
    assert findings(sources) == []


def test_a_finding_is_one_line_that_says_what_to_do():
    (found,) = findings({"hil/plant/a.py": "import thecal_wire"})
    assert str(found) == (
        "hil/plant/a.py:1: import-direction: "
        "hil.plant may import nothing else of ours; not thecal_wire"
    )
