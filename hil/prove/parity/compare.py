"""Sets what two rigs lived side by side and names every difference that is too large.

Order, types and outcomes have to be equal, times within 1 s (of strokes 2 s), the
balance within one stroke. The times are the rig's: pump time counts a power cut as none
and goes on from what the tally proves, whole seconds earlier than it was, so across a
cut it says less.
"""

from itertools import zip_longest
from typing import Any

from hil.plant.rotor import NOMINAL_STROKE_NL
from hil.prove.parity.script import Lived

TIME_MS = 1_000
# A stroke keeps the phase of the one before it, so what the rigs differ by at each look adds up.
STROKE_MS = 2_000
BALANCE_NL = NOMINAL_STROKE_NL
# What an event came to; the rest are measured volumes and durations.
OUTCOMES = ("boot", "cause", "mode_from", "mode_to", "actor", "result", "bolus_id", "granted_24h",
            "reason", "strokes", "code", "priority", "tally_strokes", "prescription_crc32")


def compare(one: Lived, other: Lived) -> dict[str, Any]:
    """The figures of both, and under `violations` what differs too much."""
    found: list[str] = []
    worst_ms = 0
    for index, (first, second) in enumerate(zip_longest(one.events, other.events)):
        place = f"event {index}"
        if first is None or second is None or first["type"] != second["type"]:
            found.append(f"{place}: {_name(first)} and {_name(second)}")
            break  # whatever follows is out of step
        place += f" ({first['type']})"
        found += [f"{place}: {name} {first[name]} and {second[name]}"
                  for name in OUTCOMES if name in first and first[name] != second[name]]
        apart_ms = abs(one.times_ms[index] - other.times_ms[index])
        worst_ms = max(worst_ms, apart_ms)
        if apart_ms > TIME_MS:
            found.append(f"{place}: {apart_ms} ms apart")
    strokes_ms = [abs(a - b) for a, b in zip(one.strokes_ms, other.strokes_ms, strict=False)]
    if len(one.strokes_ms) != len(other.strokes_ms):
        found.append(f"{len(one.strokes_ms)} and {len(other.strokes_ms)} strokes")
    if max(strokes_ms, default=0) > STROKE_MS:
        found.append(f"a stroke {max(strokes_ms)} ms apart")
    balance_nl = abs(one.balance_nl - other.balance_nl)
    if balance_nl > BALANCE_NL:
        found.append(f"balance {balance_nl:.1f} nL apart")
    return {
        "events": len(one.events),
        "types": sorted({event["type"] for event in one.events}),
        "strokes": len(one.strokes_ms),
        "worst_event_ms": worst_ms,
        "worst_stroke_ms": max(strokes_ms, default=0),
        "balance_apart_nl": round(balance_nl, 1),
        "balance_nl": [round(one.balance_nl, 1), round(other.balance_nl, 1)],
        "violations": found,
    }


def _name(event: dict[str, Any] | None) -> str:
    return "nothing" if event is None else str(event["type"])
