"""Which part may import which: the arrows of the design, and a check that they hold.

    thecal_wire <- pump.core <- pump.store, pump.link, pump.board <- pump.app
    thecal_wire <- thecal (host) <- hil           hil.plant stands alone

Two parts of the core, guard and therapy, must not reach each other by any path, so that a mistake
in one cannot be a mistake in both.
"""

import ast
from collections.abc import Iterable, Iterator

from tools.findings import Finding, Module, called

PUMP = ("pump", "pump.core", "pump.store", "pump.link", "pump.board", "pump.app")

# Part -> the parts that it may import besides itself. The longest matching name is a module's part.
ARROWS: dict[str, tuple[str, ...]] = {
    "thecal_wire": (),
    "pump": (),  # pump/__init__.py runs whenever any part of pump is imported
    "pump.core": ("thecal_wire",),
    "pump.store": ("pump.core", "thecal_wire"),
    "pump.link": ("pump.core", "thecal_wire"),
    "pump.board": ("pump.core", "thecal_wire"),
    "pump.app": (*PUMP, "thecal_wire"),
    "pump.__main__": (*PUMP, "thecal_wire"),
    "main": (*PUMP, "thecal_wire"),
    "virtual_main": (*PUMP, "thecal_wire"),
    "image": (),
    "image.frozen": (*PUMP, "thecal_wire"),  # what starts first on the device
    "thecal": ("thecal_wire",),
    "hil.plant": (),
    "hil": ("hil.plant", "thecal", "thecal_wire"),
    "tools": (),
    "tests": (*PUMP, "thecal", "thecal_wire", "hil", "hil.plant", "image", "image.frozen", "tools"),
}

# Neither may reach the other, through any number of imports.
STRANGERS = (
    ("pump.core.guard", "pump.core.therapy"),
    ("pump.board.pico", "pump.board.virtual"),
)


def is_in(name: str, part: str) -> bool:
    return name == part or name.startswith(part + ".")


def part_of(name: str) -> str | None:
    """The part that a dotted name belongs to, or None when it is not ours."""
    return max((part for part in ARROWS if is_in(name, part)), key=len, default=None)


def imports(module: Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that a module imports.

    `from a import b` gives `a.b`: whether b is a module or a thing in one makes no difference to
    the part that it belongs to.
    """
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = module.package.split(".")
                up = up[: len(up) - node.level + 1]
                base = ".".join([*up, base] if base else up)
            for alias in node.names:
                yield node.lineno, base if alias.name == "*" else f"{base}.{alias.name}"
        elif isinstance(node, ast.Call):
            name = node.args[0] if node.args else None
            by_name = called(node) in ("__import__", "import_module")
            if by_name and isinstance(name, ast.Constant):
                yield node.lineno, str(name.value)


def check_arrows(module: Module) -> Iterator[Finding]:
    """Imports of ours that run against the arrows."""
    part = part_of(module.name)
    if part is None:
        if module.path.startswith("firmware/"):
            advice = "belongs to no part: move it into one, or add its part to ARROWS"
            yield Finding(module.path, 1, "import-direction", advice)
        return
    for line, name in imports(module):
        target = part_of(name)
        if target is not None and target not in (part, *ARROWS[part]):
            may = ", ".join(ARROWS[part]) or "nothing else of ours"
            advice = f"{part} may import {may}; not {name}"
            yield Finding(module.path, line, "import-direction", advice)


def check_strangers(modules: Iterable[Module]) -> Iterator[Finding]:
    """Paths of imports that lead from one stranger to the other."""
    by_name = {module.name: module for module in modules}
    edges = {name: list(edges_of(module, by_name)) for name, module in by_name.items()}
    for pair in STRANGERS:
        for one, other in (pair, pair[::-1]):
            for name in sorted(by_name):
                if is_in(name, one):
                    yield from paths(by_name[name], other, edges)


def edges_of(module: Module, by_name: dict[str, Module]) -> Iterator[tuple[int, str]]:
    """The imports of a module as names of modules that there are."""
    for line, name in imports(module):
        while name and name not in by_name:
            name = name.rpartition(".")[0]
        if name:
            yield line, name


def paths(start: Module, goal: str, edges: dict[str, list[tuple[int, str]]]) -> Iterator[Finding]:
    """One finding for each import of `start` from which `goal` can be reached."""
    for line, first in edges[start.name]:
        trail = {first: first}
        waiting = [first]
        while waiting:
            name = waiting.pop(0)
            if is_in(name, goal):
                advice = f"{start.name} must not reach {goal}, but does: {trail[name]}"
                yield Finding(start.path, line, "strangers", advice)
                break
            for _, following in edges[name]:
                if following not in trail:
                    trail[following] = f"{trail[name]} -> {following}"
                    waiting.append(following)


def check(modules: Iterable[Module]) -> list[Finding]:
    """All findings about the directions of imports, in the whole tree at once."""
    every = list(modules)
    arrows = [finding for module in every for finding in check_arrows(module)]
    return arrows + list(check_strangers(every))
