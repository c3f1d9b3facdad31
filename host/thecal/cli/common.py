"""What the verbs share: options, the connection, and how results are shown."""

import json
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import click
from rich.console import Console

from thecal import units
from thecal.device import ports
from thecal.device.answers import Hello
from thecal.device.client import PumpClient
from thecal.device.link import Link
from thecal.errors import Declined, NeedsAnswer
from thecal.units import Dimension

Command = TypeVar("Command", bound=Callable[..., Any])

# For tables only: rich wraps, and a sentence in a pipe must stay one line. Texts
# from files and pumps are shown as they are: no markup, no emoji, no colour guesses.
OUT = Console(markup=False, emoji=False, highlight=False)
ERR = Console(markup=False, emoji=False, highlight=False, stderr=True)


class Pump(NamedTuple):
    """A connected pump that speaks our protocol."""

    port: str
    hello: Hello
    client: PumpClient


def port_option(command: Command) -> Command:
    """Add `-p`, which names the pump."""
    return click.option(
        "-p",
        "--port",
        metavar="PORT",
        help="A path, id:SERIAL or rfc2217://HOST:PORT. Not needed if there is one pump only.",
    )(command)


def json_option(command: Command) -> Command:
    """Add `--json`, for programs that read the result."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(
        command
    )


def yes_option(command: Command) -> Command:
    """Add `--yes`, for programs that cannot be asked."""
    return click.option("--yes", is_flag=True, help="Do not ask; for programs.")(command)


@contextmanager
def connected(port: str | None) -> Generator[Pump]:
    """Open the pump that `-p` names, or the only one, and make sure of its protocol."""
    path = ports.choose(port)
    on_text = _trace if click.get_current_context().find_root().obj else None
    links = [Link(path, on_text)]

    def reopen() -> Link:
        links[-1].close()
        # The path may be another one now; `id:SERIAL` finds it again.
        again = port if port is not None else path
        links.append(Link(ports.choose(again), on_text))
        return links[-1]

    try:
        client = PumpClient(links[0], reopen=reopen)
        yield Pump(path, client.hello(), client)
    finally:
        links[-1].close()


def _trace(text: bytes) -> None:
    click.echo(f"pump: {text.decode('utf-8', 'replace').rstrip()}", err=True)


def print_json(result: object) -> None:
    """Print one result to stdout, as one line of JSON."""
    click.echo(json.dumps(result, ensure_ascii=False))


def print_result(result: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    """Print what a command did: the facts for programs, one sentence for people."""
    if as_json:
        print_json(result)
    else:
        click.echo(sentence)


def print_facts(rows: Sequence[tuple[str, str]]) -> None:
    """Print names and values, one a line."""
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        click.echo(f"{click.style(name.ljust(width), bold=True)}  {value}")


def confirm_amount(question: str, amount: str, field: str, dimension: Dimension) -> None:
    """Ask twice before a dose: yes or no, then the amount once more with its unit.

    A yes is given by habit; an amount that is typed anew shows a slip of the
    decimal point or the unit. Raises Declined.
    """
    nothing = "nothing was sent"
    if not click.confirm(question, err=True):
        raise Declined(nothing)
    typed = click.prompt(f"Type {field} once more, with its unit", err=True)
    if units.parse(typed, dimension, field) != units.parse(amount, dimension, field):
        raise Declined(f'"{typed}" is not "{amount}"; {nothing}')


def needs_yes(what: str, yes: bool) -> None:
    """Raise NeedsAnswer if nobody can be asked and `--yes` was not given."""
    if not yes and not is_terminal():
        raise NeedsAnswer(f"{what} needs a yes, and this is no terminal; add --yes")


def is_terminal() -> bool:
    """True if a person can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()
