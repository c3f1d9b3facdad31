"""`thecal virtual`: run a virtual pump, from a checkout, until Ctrl-C."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

import click

import thecal
from thecal.errors import ExitCode, ToolMissing

_GRACE_S = 5.0


@click.command()
@click.option(
    "--speed", type=float, default=1.0, show_default=True, help="Virtual seconds per second."
)
@click.option("--state", metavar="FILE", help="Keep the pump's flash here, over power-offs.")
@click.option("--serial", metavar="SERIAL", help="Serial number of a new pump.")
@click.option("--seed", type=int, help="Which specimen of pump.")
@click.option("--emulated", is_flag=True, help="The real image on an emulated Pico (slower).")
def virtual(
    speed: float, state: str | None, serial: str | None, seed: int | None, emulated: bool
) -> int:
    """Run a virtual pump on a port of its own until Ctrl-C."""
    root = checkout_root()
    module = "hil.rigs.emulated" if emulated else "hil.rigs.virtual"
    command = [sys.executable, "-m", module, "--speed", f"{speed:g}"]
    if state is not None:
        command += ["--state", str(Path(state).resolve())]
    if serial is not None:
        command += ["--serial", serial]
    if seed is not None:
        command += ["--seed", str(seed)]
    # A process of its own: the host tools import nothing of the rig.
    search = [str(root / "host"), str(root / "firmware"), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, search))}
    return _run_until_interrupted(subprocess.Popen(command, cwd=root, env=environment))


def checkout_root() -> Path:
    """Return the root of the checkout that this package is part of, or raise ToolMissing."""
    root = Path(thecal.__file__).resolve().parents[2]
    if not (root / "hil" / "rigs" / "virtual.py").is_file():
        raise ToolMissing(
            "the virtual pump is not installed here; run it from a checkout of Thecal"
        )
    return root


def _run_until_interrupted(child: "subprocess.Popen[bytes]") -> int:
    """Return the child's exit code; 130 if Ctrl-C ended a child that has none of its own."""
    # The child must not outlive us when we are told to end.
    def end(_number: int, _frame: FrameType | None) -> None:
        child.terminate()

    signal.signal(signal.SIGTERM, end)
    try:
        return _code(child.wait())
    except KeyboardInterrupt:
        pass  # a terminal sends Ctrl-C to the child too: let it end by itself
    try:
        return _code(child.wait(_GRACE_S))
    except subprocess.TimeoutExpired:
        child.terminate()
    try:
        child.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    return ExitCode.INTERRUPTED


def _code(returned: int) -> int:
    """The exit code of a child; one ended by a signal was interrupted."""
    return returned if returned >= 0 else ExitCode.INTERRUPTED
