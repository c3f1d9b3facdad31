"""A bar for the long proofs, on a terminal only."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

T = TypeVar("T")


def progress(results: Iterable[T], total: int, what: str,
             size: Callable[[T], int] = lambda _result: 1) -> Iterator[T]:
    """Pass the results on and show how many have come; one may count for more by its `size`."""
    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        for result in results:
            yield result
            bar.advance(task, size(result))
