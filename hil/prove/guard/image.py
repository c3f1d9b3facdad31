"""The sampled orders of events once more, with the guard that is frozen in the image.

They happen at the prompt of the development image on the emulated Pico: integers of 31 bits, the
Pico's heap. The model around the guard is sent as source. Each transition comes back as 32-bit
numbers, since to write them out as text would take the Pico longer than the guard itself.
"""

import base64
import struct
from collections.abc import Iterator
from pathlib import Path

from hil.plant import PlantSettings
from hil.prove.progress import progress
from hil.rigs.emulated_rig import EmulatedRig
from hil.rigs.repl import Repl

MODEL = Path(__file__).resolve().parents[3] / "tests" / "model"
AT_ONCE = 400  # transitions: a rig waits 20 s of simulated time for an answer
# A file system of sources. Nothing else is mounted, so the core that they import is the frozen one.
FILES = """import io, os, sys, vfs
assert os.listdir("/") == []
class Sources:
    def __init__(self, files):
        self.files = files
    def mount(self, readonly, mkfs):
        pass
    def umount(self):
        pass
    def stat(self, path):
        path = path.strip("/")
        if path in self.files:
            return (0x8000,) + (0,) * 9
        if path in ("tests", "tests/model"):
            return (0x4000,) + (0,) * 9
        raise OSError(2)
    def open(self, path, mode):
        return io.BytesIO(self.files[path.strip("/")])
files = {}
"""
IMPORT = """vfs.mount(Sources(files), "/model")
sys.path.append("/model")
import binascii, gc
from array import array
from tests.model.guard_cases import case_named
from tests.model.guard_machine import Machine
vfs.umount("/model")
files.clear()
machines = {}
def replay(line):
    name, now_s, tick, events = line.split("|")
    if name not in machines:
        machines.clear()
        gc.collect()
        machines[name] = Machine(case_named(name))
    machine = machines[name]
    machine.begin(int(now_s), int(tick))
    for event in events.split():
        result = machine.apply(int(event))
        state = machine.save()
        print(binascii.b2a_base64(array("i", (int(event), result) + state)).decode(), end="")
"""


def transitions(image: Path, paths: list[str], planted: str = "") -> Iterator[str]:
    """What the image says of each transition of these paths, as guard_replay.py prints it.

    planted: code that runs first, a wrong guard for instance.
    """
    with EmulatedRig(PlantSettings(seed=1), image=image) as rig:
        rig.power_on()
        with Repl(rig) as repl:
            repl.run(FILES)
            for name in ("guard_cases.py", "guard_machine.py"):
                _send(repl, f"tests/model/{name}", (MODEL / name).read_bytes())
            repl.run(IMPORT + planted)
            for some in _batches(paths):
                for line in repl.run(f"for line in {some!r}: replay(line)").splitlines():
                    yield _text(line)


def compare(image: Path, folder: Path, planted: str = "") -> tuple[int, str | None]:
    """How many of the sampled transitions are the same, and where the first other one is."""
    paths = (folder / "paths.txt").read_text().splitlines()
    expected = (folder / "expected.txt").read_text().splitlines()
    same = 0
    for line in progress(transitions(image, paths, planted), len(expected), "image"):
        if same == len(expected) or line != expected[same]:
            return same, f"image, line {same + 1}"
        same += 1
    return same, None if same == len(expected) else f"image, line {same + 1}"


def _send(repl: Repl, name: str, source: bytes) -> None:
    """A file in pieces: a whole one as text of a program would be there twice."""
    repl.run(f"files[{name!r}] = bytearray()")
    for at in range(0, len(source), 2_000):
        repl.run(f"files[{name!r}] += {source[at:at + 2_000]!r}")


def _batches(paths: list[str]) -> Iterator[list[str]]:
    some: list[str] = []
    count = 0
    for path in paths:
        length = len(path.split("|")[3].split())
        if some and count + length > AT_ONCE:
            yield some
            some, count = [], 0
        some.append(path)
        count += length
    if some:
        yield some


def _text(line: str) -> str:
    data = base64.b64decode(line)
    event, result, *state = struct.unpack(f"<{len(data) // 4}i", data)
    return f"{event} {result}: {' '.join(map(str, state))}"
