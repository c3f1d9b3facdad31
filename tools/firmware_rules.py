"""Check the rules that keep the parts apart and the firmware within MicroPython.

Usage: python -m tools.firmware_rules

Reads the sources and runs nothing. One line per finding (file:line: rule: what to do), exit code 1
when there is any. tools/import_rules.py and tools/micropython_rules.py hold the rules.
"""

import sys
from pathlib import Path

from tools import import_rules, micropython_rules
from tools.findings import Finding, modules

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("firmware", "host", "hil", "tools", "tests")
IMAGE, FROZEN = "firmware/image/", "firmware/image/frozen/"


def on_device(path: str) -> bool:
    """False for what a PC reads: the image's build recipe and manifest."""
    return path.startswith("firmware/") and path.startswith(IMAGE) == path.startswith(FROZEN)


def check(root: Path = ROOT) -> list[Finding]:
    """All findings in the checkout at `root`."""
    try:
        every = list(modules(root, FOLDERS))
    except SyntaxError as error:
        return [Finding(str(error.filename), error.lineno or 0, "syntax", error.msg)]
    found = import_rules.check(every)
    for module in every:
        if on_device(module.path):
            found += micropython_rules.check(module)
    return found


def main() -> int:
    found = check()
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
