"""The running total against the exact product."""

import pytest

from hil.plant.total import Total


def test_small_parts_on_a_large_total_are_not_lost() -> None:
    total, plain = Total(), 20e6
    total.add(plain)
    for _ in range(100_000):
        total.add(0.1)
        plain += 0.1
    exact = 20e6 + 100_000 * 0.1
    assert total.value == pytest.approx(exact, rel=0, abs=1e-8)
    assert abs(plain - exact) > 1e-6  # what plain addition would have made of it
