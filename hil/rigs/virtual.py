"""Runs a virtual pump until Ctrl-C: `python -m hil.rigs.virtual`, or `thecal virtual`.

While it runs, a file in $XDG_RUNTIME_DIR/thecal (or the temp folder) tells
`thecal ports` where it is.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from hil.plant import PlantSettings
from hil.rigs import factory
from hil.rigs.console import HELP, Console
from hil.rigs.firmware_process import NoMicroPython
from hil.rigs.virtual_rig import VirtualRig


def main(argv: list[str] | None = None) -> int:
    """Run until Ctrl-C or `quit`; returns the exit code."""
    options = _options(argv)
    state: Path | None = options.state
    image = state.read_bytes() if state is not None and state.exists() else None
    rig = VirtualRig(PlantSettings(seed=options.seed), flash_image=image,
                     recording=options.record)
    try:
        return _live(rig, options, new=image is None)
    except NoMicroPython as error:
        print(f"thecal: {error}", file=sys.stderr)
        return 3
    finally:
        rig.close()
        if state is not None:
            state.write_bytes(bytes(rig.hardware.flash.image))


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hil.rigs.virtual", description=__doc__)
    parser.add_argument("--speed", type=float, default=1.0, help="virtual seconds per second")
    parser.add_argument("--state", type=Path, help="keep the pump's flash in this file")
    parser.add_argument("--record", type=Path, help="write a flight recording to this file")
    parser.add_argument("--serial", default=factory.SERIAL, help="serial number of a new pump")
    parser.add_argument("--seed", type=int, default=1, help="which specimen of pump")
    options = parser.parse_args(argv)
    if options.speed < 0:
        parser.error("--speed must be 0 or more")
    return options


def _live(rig: VirtualRig, options: argparse.Namespace, new: bool) -> int:
    rig.hardware.wall_offset_s = int(time.time())
    rig.power_on()
    if new:
        factory.prepare(rig, options.serial)
    rig.factor = options.speed
    listing = _list(rig, options.serial)
    print(f"virtual pump {options.serial} on {rig.port}, speed {options.speed:g} "
          f"(Ctrl-C ends it, `help` lists what you can do at its bedside)", flush=True)
    try:
        return _until_interrupted(Console(rig))
    except KeyboardInterrupt:
        return 130
    finally:
        listing.unlink(missing_ok=True)


def _until_interrupted(console: Console) -> int:
    """Take lines from standard input; without one, wait for a signal."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    if not sys.stdin.isatty():
        while not ended.wait(0.2):
            pass
        return 0
    print(HELP, flush=True)
    while True:
        try:
            line = input("bedside> ")
        except EOFError:
            return 0
        if line.strip() in ("quit", "exit"):
            return 0
        said = console.line(line)
        if said:
            print(said, flush=True)


def _list(rig: VirtualRig, serial: str) -> Path:
    """Write the file by which `thecal ports` finds this pump."""
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / "thecal"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{os.getpid()}.json"
    path.write_text(json.dumps({"port": rig.port, "serial": serial, "pid": os.getpid()}))
    return path


if __name__ == "__main__":
    sys.exit(main())
