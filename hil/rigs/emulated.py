"""Runs an emulated pump until Ctrl-C: `python -m hil.rigs.emulated`.

Like hil.rigs.virtual, but it is the real image (`make firmware`) that runs, on an
emulated Pico, in real time as far as this machine can.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any, cast

from hil.plant import PlantSettings
from hil.rigs import factory
from hil.rigs.console import Console
from hil.rigs.emulated_rig import IMAGE, EmulatedRig, NoImage
from hil.rigs.virtual import _list, _until_interrupted


def main(argv: list[str] | None = None) -> int:
    """Run until Ctrl-C or `quit`; returns the exit code."""
    options = _options(argv)
    state: Path | None = options.state
    stored = state.read_bytes() if state is not None and state.exists() else None
    try:
        rig = EmulatedRig(PlantSettings(seed=options.seed), flash_image=stored,
                          image=options.image)
    except NoImage as error:
        print(f"thecal: {error}", file=sys.stderr)
        return 3
    try:
        return _live(rig, options, new=stored is None)
    finally:
        rig.close()
        if state is not None:
            state.write_bytes(rig.hardware.flash.image)


def _options(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hil.rigs.emulated", description=__doc__)
    parser.add_argument("--speed", type=float, default=1.0, help="pump seconds per second")
    parser.add_argument("--image", type=Path, default=IMAGE, help="the UF2 to run")
    parser.add_argument("--state", type=Path, help="keep the pump's flash in this file")
    parser.add_argument("--serial", default=factory.SERIAL, help="serial number of a new pump")
    parser.add_argument("--seed", type=int, default=1, help="which specimen of pump")
    options = parser.parse_args(argv)
    if options.speed < 0:
        parser.error("--speed must be 0 or more")
    return options


def _live(rig: EmulatedRig, options: argparse.Namespace, new: bool) -> int:
    rig.hardware.wall_offset_s = int(time.time())
    print("the emulated Pico starts; that takes some seconds ...", file=sys.stderr, flush=True)
    rig.power_on()
    # Factory, console and listing need no more of a rig than both kinds have.
    either = cast(Any, rig)
    if new:
        factory.prepare(either, options.serial)
    rig.factor = options.speed
    listing = _list(either, options.serial)
    print(f"emulated pump {options.serial} on {rig.port}, speed {options.speed:g} "
          f"(Ctrl-C ends it, `help` lists what you can do at its bedside)", flush=True)
    try:
        return _until_interrupted(Console(either))
    except KeyboardInterrupt:
        return 130
    finally:
        listing.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
