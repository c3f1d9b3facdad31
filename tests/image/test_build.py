"""The build's own decisions, with a compiler that is played."""

import json
from pathlib import Path

import pytest

from image import build, layout, stage, toolchain
from image.compile import Checkouts, symbol_lines
from image.steps import Stop


class FakeBase:
    """Compiles to a file of a given size, and counts how often."""

    size = 1000
    compiled = 0
    key = "key"

    def __init__(self, checkouts):
        self.frozen = build.ROOT / "frozen"

    def ready(self):
        pass

    def compile(self):
        FakeBase.compiled += 1
        path = build.ROOT / "firmware.bin"
        path.write_bytes(bytes(self.size))
        return path

    def to_uf2(self, binary, uf2):
        uf2.parent.mkdir(exist_ok=True)
        uf2.write_bytes(binary.read_bytes() * 2)

    def symbols(self):
        return "10000100 2 main\n"

    def sources(self):
        return []


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "WORK", tmp_path / "build" / "image")
    monkeypatch.setattr(build, "Base", FakeBase)
    monkeypatch.setattr(toolchain, "ensure", lambda: "a compiler")
    monkeypatch.setattr(FakeBase, "compiled", 0)
    monkeypatch.delenv("MICROPYTHON_DIR", raising=False)
    monkeypatch.delenv("PICO_SDK_DIR", raising=False)
    return tmp_path / "build"


def test_an_image_comes_with_a_report_of_what_it_is(root):
    assert build.main([]) == 0
    facts = json.loads((root / "thecal-pico.json").read_text())
    assert facts["sha256"] == build.sha256((root / "thecal-pico.uf2").read_bytes())
    assert (facts["binary_bytes"], facts["uf2_bytes"]) == (1000, 2000)
    assert facts["variant"] == "release" and facts["compiler"] == "a compiler"
    assert facts["storage"] == layout.storage()
    assert "pump/core/guard.py" in facts["frozen_modules"]


def test_the_names_beside_an_image_say_which_image_they_belong_to(root):
    build.main([])
    (root / "thecal-pico.sym").unlink()
    build.main([])
    head, *lines = (root / "thecal-pico.sym").read_text().splitlines()
    assert head == build.sha256((root / "thecal-pico.uf2").read_bytes())
    assert lines == ["10000100 2 main"]


def test_names_are_listed_by_address_with_those_that_have_no_size():
    listed = "20000000 00000004 B state\n10000100 T _end\n10000100 00000002 t f\n10000100 t $d\n"
    assert symbol_lines(listed) == ["10000100 0 _end", "10000100 00000002 f",
                                    "20000000 00000004 state"]


def test_the_second_run_finds_it_made(root, capsys):
    build.main([])
    capsys.readouterr()
    assert build.main([]) == 0
    assert FakeBase.compiled == 1
    assert "up to date" in capsys.readouterr().out


@pytest.mark.parametrize("damage", [b"", b"something else"])
def test_a_damaged_image_is_made_again(root, damage):
    build.main([])
    (root / "thecal-pico.uf2").write_bytes(damage)
    build.main([])
    assert FakeBase.compiled == 2
    assert len((root / "thecal-pico.uf2").read_bytes()) == 2000


def test_a_changed_module_makes_another_image(root, monkeypatch):
    build.main([])
    monkeypatch.setattr(stage, "digest", lambda frozen: "another")
    build.main([])
    assert FakeBase.compiled == 2


def test_both_variants_stand_beside_each_other(root):
    build.main([])
    build.main(["--dev"])
    assert {path.name for path in root.glob("*.uf2")} == {"thecal-pico.uf2", "thecal-pico-dev.uf2"}


def test_with_checkouts_of_the_user_s_it_is_always_compiled(root):
    for _ in range(2):
        build.build(stage.RELEASE, Checkouts(pico_sdk=sdk(root.parent)))
    assert FakeBase.compiled == 2


def sdk(folder):
    (folder / "pico_sdk_init.cmake").touch()
    return folder


def test_code_that_reaches_into_storage_gives_no_image(root, monkeypatch, capsys):
    monkeypatch.setattr(FakeBase, "size", layout.CODE_BYTES + 1)
    assert build.main([]) == 3
    assert not list(root.glob("*.uf2")) and not list(root.glob("*.json"))
    assert "1 too many" in capsys.readouterr().err


def test_an_incomplete_firmware_gives_no_image(root, monkeypatch, capsys):
    monkeypatch.setattr(stage, "missing_imports", lambda frozen: ["main.py imports pump.x"])
    assert build.main([]) == 3
    assert FakeBase.compiled == 0
    assert "pump.x" in capsys.readouterr().err


def test_a_checkout_without_its_submodules_says_what_to_type(tmp_path):
    port = tmp_path / "ports" / "rp2"
    port.mkdir(parents=True)
    (port / "CMakeLists.txt").touch()
    with pytest.raises(Stop, match="git submodule update --init lib/tinyusb"):
        Checkouts(micropython=tmp_path).check()


def test_a_folder_that_is_no_checkout_is_named(tmp_path):
    with pytest.raises(Stop, match="PICO_SDK_DIR"):
        Checkouts(pico_sdk=Path(tmp_path)).check()


@pytest.fixture
def bare_machine(monkeypatch):
    """No tool chain; which programs there are besides is said by each test."""
    programs = set()
    monkeypatch.setattr(toolchain.shutil, "which", lambda name: name if name in programs else None)
    monkeypatch.setattr(toolchain, "ask", lambda command: None)
    return programs


def test_everything_is_missing_on_a_bare_machine(bare_machine):
    assert toolchain.missing() == list(toolchain.PACKAGES)


def test_a_user_is_told_what_to_type(bare_machine, monkeypatch):
    bare_machine |= {"apt-get", "sudo"}
    monkeypatch.setattr(toolchain.os, "geteuid", lambda: 1000)
    typed = "sudo apt-get install --no-install-recommends gcc-arm-none-eabi cmake"
    with pytest.raises(Stop, match=typed):
        toolchain.install(["gcc-arm-none-eabi", "cmake"])


def test_without_apt_the_programs_are_named(bare_machine):
    with pytest.raises(Stop, match="not on this machine: arm-none-eabi-gcc, cmake"):
        toolchain.install(["gcc-arm-none-eabi", "cmake"])


def test_root_installs_what_is_missing(bare_machine, monkeypatch):
    bare_machine |= {"apt-get"}
    commands = []
    monkeypatch.setattr(toolchain.os, "geteuid", lambda: 0)
    monkeypatch.setattr(toolchain, "run", lambda command, *_, **__: commands.append(command))
    toolchain.install(["cmake"])
    assert commands[-1][:2] == ["apt-get", "install"] and commands[-1][-1] == "cmake"
