"""A running total that keeps its small change.

A heavy day adds a million parts of some nL to a total of 2e7 nL; plain float
addition would then lose the 1e-6 nL to which the volume balance must close.
"""


class Total:
    """Compensated (Kahan) sum; `value` is right to one unit in the last place."""

    __slots__ = ("_carry", "value")

    def __init__(self) -> None:
        self.value: float = 0.0
        self._carry: float = 0.0

    def add(self, part: float) -> None:
        part -= self._carry
        grown = self.value + part
        self._carry = (grown - self.value) - part
        self.value = grown
