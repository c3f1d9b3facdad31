"""May a priming bolus start now (SR36, SR37)?

All priming boluses since the last refill together are at most the volume from the
reservoir's outlet to the catheter's tip.
"""

from pump.core import reservoir
from thecal_wire import codes

PRIME_NL_PER_H = 500_000
_OFF, _PRIME = 0, 4  # the guard's phases, as in guard.py, which imports this module


def prime_refusal(guard, reservoir_nl, volume_nl):
    """Return codes.GRANTED, or why a priming bolus of `volume_nl` is refused."""
    if guard.phase == _PRIME:
        return codes.BOLUS_ACTIVE
    if guard.phase != _OFF:
        return codes.MUST_STOP
    if guard.blocked or guard.alarmed:
        return codes.ALARM
    if guard.ledger.primed + prime_strokes(guard, volume_nl) > guard.limits.prime_strokes:
        return codes.PRIME_CAP
    if not reservoir.holds(reservoir_nl, volume_nl):
        return codes.RESERVOIR
    return codes.GRANTED


def prime_strokes(guard, volume_nl):
    """The strokes that a priming bolus may take: whole ones within its volume."""
    return volume_nl * 1000 // guard.limits.stroke_pl


def prime_duration_s(volume_nl):
    """How long a priming bolus takes, rounded up."""
    return -(-volume_nl * 3600 // PRIME_NL_PER_H)
