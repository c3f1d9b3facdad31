"""What the build's steps share: say what is done, run a program quietly, stop with a reason."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]  # the checkout
WORK = ROOT / "build" / "image"
BAD_ENVIRONMENT = 3
SHOWN_LINES = 25


class Stop(Exception):
    """The build cannot go on; the text says what to do about it."""


def say(text: str) -> None:
    print(f"firmware: {text}", flush=True)


def complain(text: str) -> None:
    print(f"firmware: {text}", file=sys.stderr, flush=True)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say what was done and how long it took, once it is done."""
    start = time.monotonic()
    yield
    say(f"{what} ({time.monotonic() - start:.0f} s)")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The surroundings of a program that we start: as here, but the same on every machine."""
    kept = {name: value for name, value in os.environ.items() if name not in REMOVED}
    return kept | {"LC_ALL": "C", "TZ": "UTC"} | dict(extra or {})


# What would change what is compiled: flags of the caller's, and our own folder among its modules.
REMOVED = {
    "PYTHONPATH", "CFLAGS", "CPPFLAGS", "CXXFLAGS", "LDFLAGS", "ASMFLAGS", "MAKEFLAGS", "MFLAGS",
    "CC", "CXX", "CROSS_COMPILE", "PICO_SDK_PATH", "PICO_BOARD", "PICO_PLATFORM",
    "CMAKE_GENERATOR", "SOURCE_DATE_EPOCH",
}  # fmt: skip


def run(
    command: Sequence[str | Path],
    log: str,
    cwd: Path | None = None,
    extra: Mapping[str, str] | None = None,
) -> None:
    """Run a program with its output in build/image/LOG.log; show the end of it when it fails."""
    path = WORK / f"{log}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as out:
        out.write(f"$ {' '.join(map(str, command))}\n".encode())
        out.flush()
        done = subprocess.run(
            command, cwd=cwd, env=environment(extra), stdin=subprocess.DEVNULL, stdout=out,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
    if done.returncode:
        lines = path.read_text(errors="replace").splitlines()
        print("\n".join(lines[-SHOWN_LINES:]), file=sys.stderr)
        raise Stop(f"{Path(command[0]).name} failed, see above and {path.relative_to(ROOT)}")


def ask(command: Sequence[str | Path], cwd: Path | None = None) -> str | None:
    """What a program prints, or None when there is no such program or it fails."""
    try:
        done = subprocess.run(
            command, cwd=cwd, env=environment(), stdin=subprocess.DEVNULL, capture_output=True,
            text=True,
        )  # fmt: skip
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
