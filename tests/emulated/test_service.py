"""Who gets at the code: mpremote and files in flash, with a development and a release image.

A release image runs what is frozen in it and nothing else; a development image has the
prompt, and runs what lies in its file system.
"""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from hil.emulated.uf2 import FLASH_BYTES
from hil.plant import PlantSettings
from hil.prove.faults import case
from hil.rigs.emulated_rig import EmulatedRig
from hil.rigs.repl import Repl
from image.layout import CODE_BYTES, LITTLEFS_BYTES
from thecal.device.client import PumpClient
from thecal.device.link import Link
from thecal_wire import codes

pytestmark = [pytest.mark.rig, pytest.mark.slow]

GIVE_UP_S = 12  # mpremote itself waits for 10 s at a time
STROKE_S = 15.4

MAKE = """
import rp2, vfs, os
class Memory:
    def __init__(self, size):
        self.size, self.data = size, bytearray(b"\\xff" * 65536)
    def readblocks(self, number, into, offset=0):
        at = number * self.size + offset
        into[:] = self.data[at:at + len(into)]
    def writeblocks(self, number, data, offset=0):
        at = number * self.size + offset
        self.data[at:at + len(data)] = data
    def ioctl(self, what, argument):
        return {{4: 65536 // self.size, 5: self.size}}.get(what, 0)
place = Memory({size})
{kind}.mkfs(place{options})
vfs.mount({kind}(place{options}), "/x")
os.mkdir("/x/pump"); os.mkdir("/x/pump/core")
for name, text in (("pump/__init__", ""), ("pump/core/__init__", ""),
                   ("pump/core/guard", {guard!r}), ("main", {guard!r}), ("boot", {guard!r})):
    with open("/x/" + name + ".py", "w") as file:
        file.write(text)
vfs.umount("/x")
flash = rp2.Flash(start=0, len=65536)
for number in range(16):
    flash.writeblocks(number, place.data[4096 * number:4096 * (number + 1)])
"""
# Whoever runs it shows it: the light goes on and the pump does not come up.
PLANTED = ("from machine import Pin\nPin(7, Pin.OUT, value=1)\n"
           "print('planted')\nraise RuntimeError('planted')\n")
KINDS = {"littlefs": ("vfs.VfsLfs2", ", progsize=256", 4096), "FAT": ("vfs.VfsFat", "", 512)}


def mpremote(rig: EmulatedRig, code: str, timeout_s: float) -> tuple[int | None, str]:
    """mpremote as it comes; its exit code, None if it had to be ended, and what it printed."""
    command = [str(Path(sys.executable).with_name("mpremote")), "connect", rig.port, "exec", code]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        return process.wait(timeout_s), process.communicate()[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return None, process.communicate()[0]


def planted(dev_image: Path, kind: str) -> bytes:
    """The file system's part of flash, made by MicroPython itself, with a guard.py in it."""
    maker, options, size = KINDS[kind]
    with EmulatedRig(PlantSettings(seed=1), image=dev_image) as rig:
        rig.power_on()
        with Repl(rig) as repl:
            assert repl.run(MAKE.format(kind=maker, options=options, size=size,
                                        guard=PLANTED)) == ""
        return rig.do(lambda: rig.hardware.flash.chip.read(CODE_BYTES, LITTLEFS_BYTES))


def plant(rig: EmulatedRig, system: bytes) -> None:
    assert CODE_BYTES + len(system) < FLASH_BYTES
    rig.hardware.flash.chip.write(CODE_BYTES, system)


@pytest.fixture(scope="session")
def running(image: Path) -> bytes:
    """Flash of a pump that runs 60 uL/h."""
    return case.running_image(case.FAST, image)


@pytest.mark.parametrize("kind", KINDS)
def test_a_guard_in_the_file_system_is_ignored_by_a_release_image(image, dev_image, running, kind):
    system = planted(dev_image, kind)
    assert b"planted" in system
    with EmulatedRig(PlantSettings(seed=1), flash_image=running, image=image) as rig:
        plant(rig, system)
        rig.power_on()
        rig.advance(2.5 * STROKE_S)
        assert rig.plant.strokes == 2
        assert rig.hardware.lights == []
        with Link(rig.port) as link:
            client = PumpClient(link, timeout_s=60)
            assert client.status().mode == codes.RUNNING
            assert client.status().reset_cause == codes.RESET_POWER
        # Nor does it repair, format or touch what it does not know.
        assert rig.do(lambda: rig.hardware.flash.chip.read(CODE_BYTES, LITTLEFS_BYTES)) == system


def test_the_same_file_is_taken_by_a_development_image(dev_image):
    """The plant works: where a file system is mounted, its guard.py wins over the frozen one."""
    system = planted(dev_image, "littlefs")
    with EmulatedRig(PlantSettings(seed=1), image=dev_image) as rig:
        plant(rig, system)
        rig.power_on()
        with Repl(rig) as repl:
            out = repl.run("try:\n import pump.core.guard\nexcept RuntimeError as e:\n print(e)")
        assert out.endswith("planted\n")
        assert rig.hardware.lights


def test_mpremote_reaches_the_prompt_of_a_development_image(dev_image):
    with EmulatedRig(PlantSettings(seed=1), image=dev_image) as rig:
        rig.power_on()
        rig.factor = 1.0
        code, out = mpremote(rig, "import sys; print(6 * 7, sys.implementation.name)", 60)
    assert (code, out.split()) == (0, ["42", "micropython"])


def test_mpremote_does_not_reach_it_in_a_release_image(image, running, record_property):
    with EmulatedRig(PlantSettings(seed=1), flash_image=running, image=image) as rig:
        rig.power_on()
        rig.factor = 1.0
        began = time.monotonic()
        code, out = mpremote(rig, "print(6 * 7)", GIVE_UP_S)
        took_s = time.monotonic() - began
        rig.factor = 0.0
        assert code != 0 and "42" not in out
        how = "ended after" if code is None else f"gave up (exit {code}) after"
        record_property("figure", f"mpremote at a release image: {how} {took_s:.0f} s")
        strokes = rig.plant.strokes
        rig.advance(2 * STROKE_S)
        assert rig.plant.strokes > strokes
        with Link(rig.port) as link:
            status = PumpClient(link, timeout_s=60).status()
        assert (status.mode, status.reset_cause) == (codes.RUNNING, codes.RESET_POWER)
