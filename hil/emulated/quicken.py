"""Makes the emulator twice as fast on this machine: `python -m hil.emulated.quicken`.

The wheel of rp2040py is compiled for every version of Python at once, which costs half
of its speed. It brings its C sources along; this compiles them for the Python that runs
it, beside the others in the installed package, where Python finds them first. Nothing
else changes, results included; `--undo` takes them away again. Needs a C compiler and
Python's headers.
"""

import argparse
import shutil
import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

FLAGS = ("-O2", "-fPIC", "-shared", "-fno-strict-aliasing", "-w")


class CannotQuicken(Exception):
    """Something is missing; the message says what."""


def main(argv: list[str] | None = None) -> int:
    """Compile, or undo it; returns the exit code."""
    parser = argparse.ArgumentParser(prog="hil.emulated.quicken", description=__doc__)
    parser.add_argument("--undo", action="store_true", help="back to the wheel's own modules")
    options = parser.parse_args(argv)
    try:
        folder = _native_folder()
        if options.undo:
            undo(folder)
            print("quicken: the emulator runs as its wheel brought it")
        else:
            made = compile_all(folder)
            print(f"quicken: compiled {len(made)} modules of the emulator for this Python")
    except CannotQuicken as error:
        print(f"quicken: {error}; the emulator runs all the same, at half the speed",
              file=sys.stderr)
        return 3
    return 0


def compile_all(folder: Path) -> list[Path]:
    """Compile each module whose source is newer than what was compiled of it."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    include = Path(sysconfig.get_paths()["include"])
    if compiler is None:
        raise CannotQuicken("no C compiler here (Debian: apt-get install gcc)")
    if not (include / "Python.h").exists():
        raise CannotQuicken(f"no Python.h in {include} (Debian: apt-get install python3-dev)")
    sources = sorted(folder.glob("*.c"))
    with ThreadPoolExecutor() as pool:
        made = list(pool.map(lambda source: _compile(compiler, include, source), sources))
    if subprocess.run([sys.executable, "-c", "import rp2040py.native"], check=False).returncode:
        undo(folder)
        raise CannotQuicken("what was compiled does not load")
    return made


def undo(folder: Path) -> None:
    """Remove what was compiled here."""
    for source in folder.glob("*.c"):
        _target(source).unlink(missing_ok=True)


def _native_folder() -> Path:
    found = find_spec("rp2040py")
    places = list(found.submodule_search_locations or []) if found is not None else []
    folder = Path(places[0]) / "native" if places else None
    if folder is None or not any(folder.glob("*.c")):
        raise CannotQuicken("no sources of rp2040py here (pip install rp2040py)")
    return folder


def _target(source: Path) -> Path:
    return source.with_name(source.stem + str(sysconfig.get_config_var("EXT_SUFFIX")))


def _compile(compiler: str, include: Path, source: Path) -> Path:
    target = _target(source)
    if target.exists() and target.stat().st_mtime > source.stat().st_mtime:
        return target
    new = target.with_suffix(".new")
    done = subprocess.run([compiler, *FLAGS, f"-I{include}", str(source), "-o", str(new)],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotQuicken(f"{source.name} does not compile: {done.stderr.strip()[-300:]}")
    new.replace(target)
    return target


if __name__ == "__main__":
    sys.exit(main())
