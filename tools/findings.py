"""What the checks of the source tree share: what they report, and how they read the files."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NOT_SOURCE = {"__pycache__", "build", ".venv", "typings"}


@dataclass(frozen=True)
class Finding:
    """One place that breaks a rule, and what to do about it."""

    path: str
    line: int
    rule: str
    advice: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.advice}"


@dataclass(frozen=True)
class Module:
    """One source file: `name` is how Python imports it, `package` what a relative import means."""

    path: str
    name: str
    package: str
    tree: ast.Module


def parse(source: str, path: str) -> Module:
    """Take a source text apart; `path` is relative to the checkout, with forward slashes."""
    parts = list(Path(path).with_suffix("").parts)
    if parts[0] in ("firmware", "host"):
        del parts[0]  # a folder of the checkout, not a package
    is_package = parts[-1] == "__init__"
    name = ".".join(parts[:-1] if is_package else parts)
    package = name if is_package else ".".join(parts[:-1])
    return Module(path, name, package, ast.parse(source, path))


def modules(root: Path, folders: tuple[str, ...]) -> Iterator[Module]:
    """Every Python file under `folders` of the checkout `root`; folders may be missing."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            relative = path.relative_to(root)
            if not NOT_SOURCE.intersection(relative.parts):
                yield parse(path.read_text(encoding="utf-8"), relative.as_posix())


def called(node: ast.Call) -> str:
    """The last word of what a call calls: `c` for a.b.c(), an empty text for f()()."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))
