"""`make bench`: measures, prints a table, writes build/bench/bench.json."""

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hil.bench import dose, virtual
from hil.bench.figures import Figure

OUT = Path("build/bench/bench.json")
IMAGE = Path("build/thecal-pico.uf2")
PROMPT_IMAGE = Path("build/thecal-pico-dev.uf2")


def main() -> int:
    """Measure everything that can be measured here; 1 if a goal is missed."""
    console = Console(stderr=True)
    found: list[Figure] = []
    groups = [virtual.figures, dose.figures]
    if IMAGE.exists():
        from hil.bench import pico

        groups.append(lambda: pico.figures(IMAGE, PROMPT_IMAGE))
        if not PROMPT_IMAGE.exists():
            console.print("pico.readout_vs_raw left out: run `make firmware DEV=1` first")
    else:
        console.print("pico figures left out: no image, run `make firmware` first")
    for group in groups:
        for figure in group():
            console.print(f"{figure.id} {figure.value:.4g} {figure.unit}")
            found.append(figure)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps([figure.as_json() for figure in found], indent=1) + "\n")
    Console().print(_table(found))
    return 0 if all(figure.ok for figure in found) else 1


def _table(found: list[Figure]) -> Table:
    table = Table(expand=False)
    for name in ("figure", "value", "goal", "", "what"):
        table.add_column(name)
    for figure in found:
        goal = "" if figure.goal is None else f"{'<=' if figure.at_most else '>='} {figure.goal:g}"
        table.add_row(figure.id, f"{figure.value:.4g} {figure.unit}", goal,
                      "ok" if figure.ok else "MISSED", figure.what)
    return table


if __name__ == "__main__":
    sys.exit(main())
