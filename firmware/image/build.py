"""Build the image: python3 -m image.build [--dev], with firmware/ on the path.

`make firmware` runs this. MICROPYTHON_DIR and PICO_SDK_DIR in the environment name checkouts to
use in place of the pinned sources. Exit code 0, or 3 with a sentence about what to do.
"""

import argparse
import contextlib
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from image import layout, stage, toolchain
from image.compile import Base, Checkouts
from image.steps import BAD_ENVIRONMENT, ROOT, WORK, Stop, complain, say

NAMES = {stage.RELEASE: "thecal-pico", stage.DEVELOPMENT: "thecal-pico-dev"}


def build(variant: str, checkouts: Checkouts) -> None:
    """Make build/NAME.uf2, NAME.json and NAME.sym (names and addresses), or find them made."""
    start = time.monotonic()
    if " " in str(ROOT):
        raise Stop(f"MicroPython cannot be built in a folder with a blank in its name: {ROOT}")
    checkouts.check()
    frozen = stage.modules(variant)
    missing = stage.missing_imports(frozen)
    if missing:
        raise Stop("\n  ".join(["the firmware is not complete:", *missing]))
    compiler = toolchain.ensure()
    base = Base(checkouts)
    identity = stage.identity(variant)
    uf2 = ROOT / "build" / f"{NAMES[variant]}.uf2"
    report, symbols = uf2.with_suffix(".json"), uf2.with_suffix(".sym")
    inputs = sha256(f"{base.key} {identity.build} {stage.digest(frozen)}".encode())
    shown = uf2.relative_to(ROOT)
    if not checkouts.any and symbols.exists() and made_from(report, uf2) == inputs:
        say(f"{shown} is up to date ({variant}, {identity.version}, build {identity.build})")
        return
    base.ready()
    stage.lay(base.frozen, frozen, identity.build)
    binary = base.compile()
    layout.check_code(binary.stat().st_size)
    base.to_uf2(binary, uf2)
    facts = {
        "image": uf2.name,
        "variant": variant,
        "version": identity.version,
        "build": identity.build,
        "commit": identity.commit,
        "dirty": identity.dirty,
        "sha256": sha256(uf2.read_bytes()),
        "uf2_bytes": uf2.stat().st_size,
        "binary_sha256": sha256(binary.read_bytes()),
        "binary_bytes": binary.stat().st_size,
        "storage": layout.storage(),
        "frozen_modules": list(frozen),
        "compiler": compiler,
        "sources": base.sources(),
        "inputs": inputs,
    }
    symbols.write_text(f"{facts['sha256']}\n{base.symbols()}")
    report.write_text(json.dumps(facts, indent=2) + "\n")
    say(
        f"{shown} ({variant}, {identity.version}, build {identity.build}; code "
        f"{binary.stat().st_size / 1024:.0f} of {layout.CODE_BYTES // 1024} KiB) in "
        f"{time.monotonic() - start:.0f} s"
    )


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def made_from(report: Path, uf2: Path) -> str | None:
    """The inputs of an image that is there and whole, or None."""
    try:
        facts = json.loads(report.read_text())
        return facts["inputs"] if facts["sha256"] == sha256(uf2.read_bytes()) else None
    except (OSError, ValueError, KeyError):
        return None


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let two builds in the same checkout wait for each other."""
    WORK.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # not a POSIX system
        yield
        return
    with (WORK / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def own(variable: str) -> Path | None:
    """A folder that the environment names."""
    value = os.environ.get(variable)
    return Path(value).expanduser().resolve() if value else None


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make firmware", description="Build the RP2040 image.")
    parser.add_argument("--dev", action="store_true", help="the development image, with the REPL")
    variant = stage.DEVELOPMENT if parser.parse_args(arguments).dev else stage.RELEASE
    try:
        with alone():
            build(variant, Checkouts(own("MICROPYTHON_DIR"), own("PICO_SDK_DIR")))
    except Stop as reason:
        complain(str(reason))
        return BAD_ENVIRONMENT
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
