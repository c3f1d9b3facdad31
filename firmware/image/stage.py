"""The Python that is frozen into an image: which modules, and which build they say they are.

Everything of pump and thecal_wire but the virtual body, and what starts first on the device from
frozen/release or frozen/development. The copy is made in build/image; only there does BUILD get
its value, the tree is never written to.
"""

import ast
import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from image.steps import ROOT, Stop, ask

FIRMWARE = ROOT / "firmware"
PACKAGES = ("pump", "thecal_wire")
NOT_ON_THE_DEVICE = ("pump/board/virtual/",)
RELEASE, DEVELOPMENT = "release", "development"
FROZEN = FIRMWARE / "image" / "frozen"

BUILD_MODULE = "pump/app/build.py"
BUILD_BYTES = 8  # the field in HELLO
DIRTY, OPEN = "+", "*"


@dataclass(frozen=True)
class Identity:
    """Which build this is: version of the firmware, commit, and whether the tree was changed."""

    version: str
    commit: str | None
    dirty: bool
    variant: str

    @property
    def build(self) -> str:
        """Eight characters for HELLO: the commit.

        Shortened by one it ends in `+` when the firmware differs from the commit, and in `*` in a
        development image, which may run code that nobody froze.
        """
        if self.commit is None:
            return "no-git" + (OPEN if self.variant == DEVELOPMENT else "")
        mark = OPEN if self.variant == DEVELOPMENT else DIRTY if self.dirty else ""
        return self.commit[: BUILD_BYTES - len(mark)] + mark


def identity(variant: str, root: Path = ROOT) -> Identity:
    """Ask git, if this is a checkout; changes outside firmware/ do not make an image dirty."""
    commit = ask(["git", "rev-parse", "HEAD"], root)
    dirty = bool(ask(["git", "status", "--porcelain", "--", "firmware"], root))
    text = (root / "firmware" / "thecal_wire" / "__init__.py").read_text(encoding="utf-8")
    version = re.search(r"^FIRMWARE_VERSION = \((\d+), (\d+), (\d+)\)$", text, re.M)
    if version is None:
        raise Stop("firmware/thecal_wire/__init__.py has no FIRMWARE_VERSION = (a, b, c)")
    return Identity(".".join(version.groups()), commit, dirty, variant)


def modules(variant: str, firmware: Path = FIRMWARE) -> dict[str, Path]:
    """Every frozen module of ours: {name on the device, such as pump/core/guard.py: its file}."""
    found = {}
    for package in PACKAGES:
        for path in (firmware / package).rglob("*.py"):
            name = path.relative_to(firmware).as_posix()
            if not name.startswith(NOT_ON_THE_DEVICE):
                found[name] = path
    first = firmware / "image" / "frozen" / variant
    found |= {path.relative_to(first).as_posix(): path for path in first.rglob("*.py")}
    return dict(sorted(found.items()))


def missing_imports(frozen: dict[str, Path]) -> list[str]:
    """What frozen modules import of ours that is not frozen, one line each."""
    found = []
    for name, path in frozen.items():
        for imported in imports(path.read_text(encoding="utf-8"), str(path)):
            parts = imported.split(".")
            # `from a.b import c`: c may be a module or a thing in a.b.
            exists = any(is_frozen("/".join(parts[:n]), frozen) for n in (len(parts), -1))
            if parts[0] in PACKAGES and not exists:
                found.append(f"{name} imports {imported}, which is not among the frozen modules")
    return found


def is_frozen(path: str, frozen: dict[str, Path]) -> bool:
    return f"{path}.py" in frozen or f"{path}/__init__.py" in frozen


def imports(text: str, file: str) -> list[str]:
    """The dotted names that a source imports; ours are always written in full."""
    found = []
    try:
        tree = ast.parse(text, file)
    except SyntaxError as error:
        raise Stop(f"{file}:{error.lineno}: {error.msg}") from None
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def lay(folder: Path, frozen: dict[str, Path], build: str) -> None:
    """Copy the frozen modules into `folder`, nothing else in it, with BUILD filled in."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, path in frozen.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8")
        target.write_text(stamped(text, build) if name == BUILD_MODULE else text, encoding="utf-8")


def stamped(text: str, build: str) -> str:
    """The text of pump/app/build.py with its one value."""
    text, count = re.subn(r"^BUILD = .*$", f"BUILD = {build.encode()!r}", text, flags=re.M)
    if count != 1 or len(build.encode()) > BUILD_BYTES:
        raise Stop(f"{BUILD_MODULE} must have one line BUILD = ..., for {build!r}")
    return text


def digest(frozen: dict[str, Path]) -> str:
    """One hash over all names and contents."""
    total = hashlib.sha256()
    for name, path in frozen.items():
        total.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()
