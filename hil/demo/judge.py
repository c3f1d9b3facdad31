"""What the balance says of the day, and what the pump's log says; nothing shared with the device.

Volumes in nL. `ordered` is the prescription's own arithmetic over the day, not
the device's integral.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from hil.demo.day import DAY_S, Weighing

Record = dict[str, Any]


@dataclass(frozen=True)
class Order:
    """The prescription as this judge reads it."""

    basal_nl_per_day: int
    bolus_nl: int
    concentration_ng_per_nl: float
    limit_24h_ng: int
    stroke_pl: int


def ordered_nl(order: Order, granted: int, seconds: float) -> float:
    """Basal over the whole time and every granted bolus in full."""
    return order.basal_nl_per_day * seconds / DAY_S + granted * order.bolus_nl


def delivered_by_log_nl(log: list[Record], stroke_pl: int) -> float:
    """Measured volume of all delivery records; strokes that a cut kept from one count by tally."""
    measured = sum(r["measured_nl"] for r in log if r["type"] == "delivered")
    return measured + _unrecorded_strokes(log) * stroke_pl / 1000


def _unrecorded_strokes(log: list[Record]) -> int:
    """Strokes in the tally at a start of the processor that no record before it tells of."""
    told = missing = 0
    for record in log:
        if record["type"] == "delivered":
            told += record["strokes"]
        elif record["type"] == "boot":
            missing += record["tally_strokes"] - told
            told = record["tally_strokes"]
    return missing


def log_curve(log: list[Record], stroke_pl: int) -> list[tuple[float, float]]:
    """(wall seconds, cumulative nL) after each record that tells of strokes."""
    curve: list[tuple[float, float]] = []
    volume = 0.0
    told = 0
    for record in log:
        if record["type"] == "delivered":
            volume += record["measured_nl"]
            told += record["strokes"]
        elif record["type"] == "boot":
            volume += (record["tally_strokes"] - told) * stroke_pl / 1000
            told = record["tally_strokes"]
        else:
            continue
        curve.append((record["wall_s"], volume))
    return curve


def not_delivered_nl(log: list[Record]) -> int:
    """What the pump itself reports as ordered and not delivered."""
    return sum(r["volume_nl"] for r in log if r["type"] == "not_delivered")


def presses(log: list[Record]) -> list[Record]:
    """All presses that counted as a request."""
    return [r for r in log if r["type"] == "press"]


def refused(log: list[Record]) -> dict[str, int]:
    """Refusals by reason."""
    return dict(Counter(r["result"] for r in presses(log) if r["result"] != "granted"))


def alarms(log: list[Record], began_wall_s: int) -> list[dict[str, Any]]:
    """Alarms as they began, seconds after the day did."""
    return [{"code": r["code"], "priority": r["priority"], "at_s": r["wall_s"] - began_wall_s}
            for r in log if r["type"] == "alarm_begin"]


def largest_dose_ng(weighings: list[Weighing], order: Order, window_s: float = DAY_S) -> float:
    """The most that any window of the balance's trace holds."""
    largest = 0.0
    start = 0
    points = [Weighing(weighings[0].at_s - 60, 0.0, 0.0), *weighings]
    for end in points:
        while end.at_s - points[start].at_s > window_s:
            start += 1
        largest = max(largest, end.balance_nl - points[start].balance_nl)
    return largest * order.concentration_ng_per_nl
