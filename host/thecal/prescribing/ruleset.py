"""What the rules that look at several fields together have in common."""

from collections.abc import Callable, Iterator

from thecal.errors import Problem
from thecal.prescribing.looks import place_of, show_amount
from thecal.prescribing.record import Prescription

# A rule may look at the fields that it needs, and at no other.
Rule = Callable[[Prescription], Iterator[Problem]]
Rules = list[tuple[tuple[str, ...], Rule]]

PERIODIC = ("periodic_ng", "periodic_duration_s", "periodic_interval_s")
PROGRAMME = ("steps", "concentration_ug_per_ml", *PERIODIC)


def needs(rules: Rules, *names: str) -> Callable[[Rule], Rule]:
    """Make a function one of `rules`, to run when these fields are known and in range."""

    def register(rule: Rule) -> Rule:
        rules.append((names, rule))
        return rule

    return register


def out_of_range(name: str, value: int, limits: tuple[int, int]) -> Iterator[Problem]:
    """Yield the problem of a value outside `limits`, if it is."""
    low, high = limits
    if not low <= value <= high:
        between = f"{show_amount(name, low)} to {show_amount(name, high)}"
        text = f"{show_amount(name, value)} is out of range; choose {between}"
        yield Problem(place_of(name), text)
