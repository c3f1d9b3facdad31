"""One measured figure against its limit."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """`goal` is the limit; `at_most` says on which side of it the value must lie."""

    id: str
    what: str
    value: float
    unit: str
    goal: float | None = None
    at_most: bool = True
    anchor: str = "limit"

    @property
    def ok(self) -> bool:
        """True if the value keeps its limit; a figure without one is only reported."""
        if self.goal is None:
            return True
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def as_json(self) -> dict[str, Any]:
        """As it stands in bench.json."""
        return asdict(self) | {"ok": self.ok}
