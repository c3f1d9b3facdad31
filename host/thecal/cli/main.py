"""The `thecal` command: the group of verbs, and how errors become exit codes."""

import importlib
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from typing import cast

import click

from thecal.errors import ExitCode, ThecalError

_log = logging.getLogger(__name__)

# verb: module that holds it under the same name. A module is imported when its
# verb is used: `thecal --help` must not wait for pyserial and rich.
_VERBS = {
    "virtual": "Run a virtual pump until Ctrl-C.",
    "ports": "List the pumps that can be reached.",
    "status": "Show what a pump is doing, and what it needs.",
    "check": "Check a prescription file.",
    "prescribe": "Compare, confirm, commit and read back a prescription.",
    "start": "Start therapy.",
    "stop": "Stop therapy.",
    "bolus": "Give a clinician bolus.",
    "prime": "Fill the catheter.",
    "refill": "Tell a pump how much its reservoir now holds.",
    "clock": "Show or set a pump's clock.",
    "alarms": "Show the active alarms and what to do, or acknowledge them.",
    "calibrate": "Give a pump its serial and the volume of its stroke.",
    "log": "Read the event log of a pump.",
}


class _Verbs(click.Group):
    """A group that knows its commands by name and loads them on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        module = importlib.import_module(f"thecal.cli.{cmd_name}")
        return cast(click.Command, getattr(module, cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_VERBS.items()))


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-v", "--verbose", is_flag=True, help="Show more: the pump's trace, full errors.")
@click.version_option(package_name="thecal", prog_name="thecal")
@click.pass_context
def cli(context: click.Context, verbose: bool) -> None:
    """Prescribe, watch and read out an intrathecal drug pump.

    Engineering and research material, never a medical device.

    Exit codes: 0 done, 1 the pump refused or is in fault, 2 usage or a bad
    prescription file, 3 no port or tool, 4 protocol mismatch, 5 outcome of a
    dose command uncertain, 130 interrupted.
    """
    context.obj = verbose
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if verbose else logging.WARNING,
        format="thecal: %(message)s",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code, one of `ExitCode`."""
    try:
        code = cli.main(arguments, prog_name="thecal", standalone_mode=False)
        # Flushed here, where a reader that went away can still be told apart.
        sys.stdout.flush()
        return code if isinstance(code, int) else ExitCode.DONE
    except ThecalError as error:
        for line in error.lines():
            click.echo(f"thecal: {line}", err=True)
        if _log.isEnabledFor(logging.DEBUG):
            traceback.print_exc()
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("thecal: interrupted", err=True)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output left; Python must not try once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.ENVIRONMENT
