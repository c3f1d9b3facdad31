"""From sources and frozen Python to firmware.bin and UF2.

A base is one folder with the unpacked sources, mpy-cross and the compiled objects; its name is a
hash of what it is made from. A change in the firmware's Python compiles again only the frozen
modules and links: seconds instead of a minute.
"""

import hashlib
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from image import sources, toolchain
from image.steps import ROOT, WORK, Stop, ask, run, timed

BOARD = "THECAL_PICO"
BOARD_FILES = ROOT / "firmware" / "image" / BOARD
UF2_FAMILY, UF2_ADDRESS = "0xe48bff56", "0x10000000"  # RP2040, start of its flash
JOBS = f"-j{os.cpu_count() or 1}"


@dataclass(frozen=True)
class Checkouts:
    """The user's own MicroPython and Pico SDK, in place of the pinned ones."""

    micropython: Path | None = None
    pico_sdk: Path | None = None

    @property
    def any(self) -> bool:
        return bool(self.micropython or self.pico_sdk)

    def check(self) -> None:
        """Stop where something that a build reads is not in them."""
        needed = [
            (self.micropython, "MICROPYTHON_DIR", "ports/rp2/CMakeLists.txt"),
            (self.micropython, "MICROPYTHON_DIR", "lib/tinyusb/src/tusb.c"),
            (self.micropython, "MICROPYTHON_DIR", "lib/mbedtls/library/sha256.c"),
            (self.pico_sdk, "PICO_SDK_DIR", "pico_sdk_init.cmake"),
        ]
        for folder, name, file in needed:
            if folder is not None and not (folder / file).is_file():
                hint = ""
                if file.startswith("lib/"):
                    hint = f"; in it: git submodule update --init {'/'.join(file.split('/')[:2])}"
                raise Stop(f"{name}={folder} has no {file}{hint}")


class Base:
    """The folder in which images of one set of sources are compiled."""

    def __init__(self, checkouts: Checkouts) -> None:
        self.checkouts = checkouts
        self.key = self._key()
        self.folder = WORK / f"base-{self.key[:12]}"
        self.micropython = checkouts.micropython or self.folder / "micropython"
        self.pico_sdk = checkouts.pico_sdk or self._own_sdk() or self.folder / "pico-sdk"
        self.frozen = self.folder / "board" / "frozen"
        self._out = self.folder / "out"
        self._mpy_cross = self.folder / "mpy-cross" / "mpy-cross"

    def _own_sdk(self) -> Path | None:
        """The SDK within a MicroPython checkout, where it was fetched."""
        inner = self.checkouts.micropython and self.checkouts.micropython / "lib" / "pico-sdk"
        return inner if inner and (inner / "pico_sdk_init.cmake").is_file() else None

    def _key(self) -> str:
        """One hash of all that decides the compiled objects, the place they are in included."""
        parts = [str(ROOT), repr(self.checkouts), toolchain.fingerprint()]
        recipe = [Path(__file__), Path(__file__).with_name("sources.py")]
        for path in recipe + sorted(BOARD_FILES.glob("*.*")):
            parts += [path.name, path.read_text(encoding="utf-8")]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def ready(self) -> None:
        """Make the folder, unless it is there; older ones go."""
        if (self.folder / "sources.json").exists():
            return
        for old in WORK.glob("base-*"):
            shutil.rmtree(old)
        used = self._take_sources()
        shutil.copytree(BOARD_FILES, self.folder / "board", dirs_exist_ok=True)
        library = self.folder / "no-micropython-lib"
        library.mkdir()
        (library / "README.md").touch()  # what its build looks for
        with timed("mpy-cross built"):
            # BUILD: a checkout of the user's stays as it is. COPT: it has little to do.
            place = [f"BUILD={self._mpy_cross.parent}", "COPT=-O0"]
            command = ["make", "-C", self.micropython / "mpy-cross", JOBS, *place]
            run(command, "mpy-cross", extra=self._environment())
        with timed("cmake configured"):
            run(self._configure(library), "cmake", extra=self._environment())
        (self.folder / "sources.json").write_text(json.dumps(sources.record(used)))

    def _take_sources(self) -> list[sources.Source]:
        names = {source.package for source in sources.PINNED}
        if self.micropython != self.folder / "micropython":
            names -= {"micropython", "mbedtls", "tinyusb-source"}
        if self.pico_sdk != self.folder / "pico-sdk":
            names -= {"pico-sdk-source"}
        self.folder.mkdir(parents=True)
        used = sources.ready(names)
        sources.unpack(used, self.folder)
        return used

    def _configure(self, library: Path) -> list[str | Path]:
        return [
            "cmake", "-S", self.micropython / "ports" / "rp2", "-B", self._out,
            "-G", "Unix Makefiles",
            f"-DMICROPY_BOARD={BOARD}",
            f"-DMICROPY_BOARD_DIR={self.folder / 'board'}",
            f"-DMICROPY_LIB_DIR={library}",
            f"-DPICO_SDK_PATH_OVERRIDE={self.pico_sdk}",
            f"-DPython3_EXECUTABLE={system_python()}",
        ]  # fmt: skip

    def _environment(self) -> dict[str, str]:
        """The same bytes on every machine: no path, no clock and no git of ours in them."""
        places = {self.folder: ".", self.micropython: "micropython", self.pico_sdk: "pico-sdk"}
        flags = " ".join(f"-ffile-prefix-map={path}={name}" for path, name in places.items())
        given = {
            "CFLAGS": flags,
            "CXXFLAGS": flags,
            "ASMFLAGS": flags,
            "SOURCE_DATE_EPOCH": str(sources.RELEASED),
            "MICROPY_MPYCROSS": str(self._mpy_cross),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONNOUSERSITE": "1",
        }
        if self.checkouts.micropython is None:
            given |= {"MICROPY_GIT_TAG": sources.MICROPYTHON_TAG, "MICROPY_GIT_HASH": "debian"}
        return given

    def compile(self) -> Path:
        """Compile and link with what is in `frozen`; returns firmware.bin."""
        # Their time stamps say nothing: a staged copy may be older than what came before it.
        shutil.rmtree(self._out / "frozen_mpy", ignore_errors=True)
        (self._out / "frozen_content.c").unlink(missing_ok=True)
        with timed("compiled"):
            run(["cmake", "--build", self._out, JOBS], "compile", extra=self._environment())
        return self._out / "firmware.bin"

    def to_uf2(self, binary: Path, uf2: Path) -> None:
        """Write the file that a Pico in BOOTSEL mode takes."""
        part = uf2.with_suffix(".part")
        convert = [system_python(), self.micropython / "tools" / "uf2conv.py"]
        where = ["-f", UF2_FAMILY, "-b", UF2_ADDRESS, "-c", "-o", part]
        run([*convert, *where, binary], "uf2", extra=self._environment())
        part.replace(uf2)

    def symbols(self) -> str:
        """Names in the image, one a line: address, size (both hexadecimal), name."""
        listed = ask(["arm-none-eabi-nm", "-S", self._out / "firmware.elf"])
        if not listed:
            raise Stop("arm-none-eabi-nm cannot read what was compiled")
        return "".join(f"{line}\n" for line in symbol_lines(listed))

    def sources(self) -> list[dict[str, str | bool]]:
        """What the image is made from, for its JSON."""
        used = json.loads((self.folder / "sources.json").read_text())
        own = [
            ("MICROPYTHON_DIR", self.checkouts.micropython),
            ("PICO_SDK_DIR", self.checkouts.pico_sdk),
        ]
        return used + [{"package": name, "version": str(path)} for name, path in own if path]


def symbol_lines(listed: str) -> list[str]:
    """What `nm -S` lists, by address; names without a size (marks of the linker) have size 0."""
    found = []
    for line in listed.splitlines():
        parts = line.split()
        if len(parts) == 4:
            found.append((parts[0], parts[1], parts[3]))
        elif len(parts) == 3 and not parts[2].startswith("$"):
            found.append((parts[0], "0", parts[2]))
    return [" ".join(entry) for entry in sorted(found)]


def system_python() -> str:
    """The Python outside of any venv: what is installed in one could stand in for build tools."""
    return getattr(sys, "_base_executable", None) or sys.executable
