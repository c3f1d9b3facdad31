"""What is frozen: all of the pump, nothing that it lacks, and the build that it says it is."""

import ast

import pytest

from image import stage
from image.stage import DEVELOPMENT, RELEASE, Identity
from image.steps import ROOT, Stop

FIRMWARE = ROOT / "firmware"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("variant", [RELEASE, DEVELOPMENT])
def test_every_module_of_the_pump_but_the_virtual_body_is_frozen(variant):
    ours = {
        path.relative_to(FIRMWARE).as_posix()
        for package in ("pump", "thecal_wire")
        for path in (FIRMWARE / package).rglob("*.py")
    }
    virtual = {name for name in ours if name.startswith("pump/board/virtual/")}
    frozen = stage.modules(variant).keys()
    assert virtual and ours - virtual < frozen
    assert not virtual & frozen


def test_a_release_starts_from_frozen_code_alone():
    assert {"_boot.py", "boot.py", "main.py", "crash.py"} <= stage.modules(RELEASE).keys()


@pytest.mark.parametrize("variant", [RELEASE, DEVELOPMENT])
def test_whatever_a_frozen_module_imports_of_ours_is_frozen_too(variant):
    assert stage.missing_imports(stage.modules(variant)) == []


def make_tree(folder, sources):
    for name, text in sources.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return stage.modules(RELEASE, folder)


def test_an_import_of_something_not_frozen_is_told(tmp_path):
    frozen = make_tree(
        tmp_path,
        {
            "pump/__init__.py": "",
            "pump/board/virtual/body.py": "",
            "image/frozen/release/main.py": (
                "import machine\nfrom pump.board.virtual import body\nfrom pump import core"
            ),
        },
    )
    # `from pump import core` may take a name that pump/__init__.py binds.
    (found,) = stage.missing_imports(frozen)
    assert found.startswith("main.py imports pump.board.virtual.body")


def test_an_import_of_a_name_in_a_frozen_module_is_fine(tmp_path):
    frozen = make_tree(
        tmp_path,
        {
            "pump/__init__.py": "",
            "pump/app/__init__.py": "",
            "pump/app/loop.py": "def run(): pass",
            "image/frozen/release/main.py": "from pump.app.loop import run\nimport pump.app.loop",
        },
    )
    assert stage.missing_imports(frozen) == []


def test_a_source_that_cannot_be_parsed_is_named_with_its_line(tmp_path):
    frozen = make_tree(tmp_path, {"pump/__init__.py": "a = 1\ndef f(:\n"})
    with pytest.raises(Stop, match=r"pump/__init__.py:2: "):
        stage.missing_imports(frozen)


@pytest.mark.parametrize(
    ("commit", "dirty", "variant", "build"),
    [
        (COMMIT, False, RELEASE, "01234567"),
        (COMMIT, True, RELEASE, "0123456+"),
        (COMMIT, False, DEVELOPMENT, "0123456*"),
        (COMMIT, True, DEVELOPMENT, "0123456*"),
        (None, False, RELEASE, "no-git"),
        (None, False, DEVELOPMENT, "no-git*"),
    ],
)
def test_the_build_fits_the_field_in_hello(commit, dirty, variant, build):
    assert Identity("0.1.0", commit, dirty, variant).build == build
    assert len(build) <= stage.BUILD_BYTES


def test_the_build_is_written_into_the_copy_and_not_into_the_tree(tmp_path):
    original = FIRMWARE / stage.BUILD_MODULE
    before = original.read_bytes()
    (tmp_path / "left over.py").touch()
    frozen = stage.modules(RELEASE)
    stage.lay(tmp_path, frozen, "0123456+")
    copied = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.py")}
    assert copied == frozen.keys()
    assert 'BUILD = b"0123456+"' in (tmp_path / stage.BUILD_MODULE).read_text().replace("'", '"')
    assert (tmp_path / "pump/core/guard.py").read_bytes() == (
        FIRMWARE / "pump/core/guard.py"
    ).read_bytes()
    assert original.read_bytes() == before


@pytest.mark.parametrize("text", ["", "BUILD = b'a'\nBUILD = b'b'\n", "    BUILD = b'a'\n"])
def test_a_build_module_without_its_one_line_stops_the_build(text):
    with pytest.raises(Stop, match="BUILD"):
        stage.stamped(text, "01234567")


def test_a_build_that_is_too_long_stops_the_build():
    with pytest.raises(Stop):
        stage.stamped("BUILD = b''\n", "012345678")


def test_the_hash_of_the_frozen_modules_follows_names_and_contents(tmp_path):
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text("a = 1\n")
    other.write_text("a = 2\n")
    hashes = {stage.digest(frozen) for frozen in ({"a.py": one}, {"a.py": other}, {"b.py": one})}
    assert len(hashes) == 3
    assert stage.digest({"a.py": one}) == stage.digest({"a.py": one})


def frozen_tree(name):
    return ast.parse((stage.FROZEN / RELEASE / name).read_text()).body


def test_the_boot_files_of_a_release_do_nothing():
    for name in ("_boot.py", "boot.py"):
        (only,) = frozen_tree(name)
        assert isinstance(only, ast.Expr) and isinstance(only.value, ast.Constant)


def test_nothing_of_a_release_main_runs_outside_of_its_try():
    *before, guarded = frozen_tree("main.py")
    lines = [ast.unparse(node) for node in before[1:]]
    assert lines == ["import machine", "board = pump = loop = None"]
    assert isinstance(guarded, ast.Try)
    assert [ast.unparse(node) for node in guarded.finalbody] == ["machine.reset()"]
    (handler,) = guarded.handlers
    assert ast.unparse(handler.type) == "BaseException"


def test_a_release_main_shuts_out_ctrl_c_and_the_file_system_before_it_imports_the_pump():
    order = [ast.unparse(node) for node in frozen_tree("main.py")[-1].body]
    pump = order.index("from pump.app import loop")
    assert order.index("micropython.kbd_intr(-1)") < pump
    assert order.index("sys.path[:] = ['.frozen']") < pump
    assert order[-1] == "loop.forever(pump)"


def test_a_crash_lets_go_of_the_motor_before_it_writes_a_note():
    (handler,) = frozen_tree("main.py")[-1].handlers
    steps = [ast.unparse(node) for node in handler.body]
    assert "board.enable(False)" in steps[0]
    assert "crash.keep" in steps[1] and "loop.crashed" in steps[2]
    assert all(isinstance(node, ast.Try) for node in handler.body)
