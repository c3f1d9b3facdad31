"""What no test sees and need not: tests/mutants/survivors.toml, each with its reason.

A change is told by its module and the lines it takes away and puts there, not by mutmut's number
for it, so that the list outlives an edit elsewhere.
"""

import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LIST = ROOT / "tests" / "mutants" / "survivors.toml"

Change = tuple[str, tuple[str, ...]]  # module, lines


def explained() -> Counter[Change]:
    """How often each change stands in the list; one without a reason does not count."""
    return Counter((entry["module"], tuple(entry["change"]))
                   for entry in tomllib.loads(LIST.read_text()).get("survivor", [])
                   if entry.get("reason", "").strip())


def unexplained(survivors: list[Change]) -> list[Change]:
    """Those that the list does not explain."""
    left = explained()
    bad = []
    for change in survivors:
        if left[change]:
            left[change] -= 1
        else:
            bad.append(change)
    return bad


def stale(survivors: list[Change], modules: list[str]) -> list[Change]:
    """What the list explains of these modules, and some test sees by now."""
    left = explained() - Counter(survivors)
    return [change for change in left.elements() if change[0] in modules]
