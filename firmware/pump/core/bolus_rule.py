"""May a bolus start now? One reason for each refusal (SR13, SR15, SR16, SR21, SR23, SR28)."""

from pump.core import reservoir
from pump.core.limits import NO_LIMIT, WINDOWS
from pump.core.programme import WINDOWS_S
from pump.core.units import BOLUS_STROKES_MIN
from pump.core.window_rule import worst_load
from thecal_wire import codes

# The guard's phases, as in guard.py, which imports this module.
_BASAL, _BOLUS, _CLINICIAN = 1, 2, 3


def patient_refusal(guard, clock, reservoir_nl, number):
    """Return codes.GRANTED, or why the patient's press of this profile is refused."""
    limits = guard.limits
    refusal = _not_now(guard)
    if refusal:
        return refusal
    if number >= len(limits.profiles):
        return codes.UNAVAILABLE
    if guard.phase == _BOLUS:
        return codes.BOLUS_ACTIVE
    if guard.lockout.left_s(clock.s):
        return codes.LOCKOUT
    profile = limits.profiles[number]
    if guard.ledger.grant_count >= profile.count_per_24h:
        return codes.COUNT
    if not reservoir.holds(reservoir_nl, profile.nl):
        return codes.RESERVOIR
    return _dose_refusal(guard, clock, profile.strokes)


def clinician_refusal(guard, clock, reservoir_nl, bolus_nl):
    """Return codes.GRANTED, or why a clinician bolus of `bolus_nl` is refused."""
    limits = guard.limits
    refusal = _not_now(guard)
    if refusal:
        return refusal
    if guard.phase != _BASAL:
        return codes.BOLUS_ACTIVE
    if bolus_nl * 1000 < BOLUS_STROKES_MIN * limits.stroke_pl:
        return codes.TOO_SMALL
    if not reservoir.holds(reservoir_nl, bolus_nl):
        return codes.RESERVOIR
    return _dose_refusal(guard, clock, guard.strokes_of(bolus_nl))


def _not_now(guard):
    if guard.phase not in (_BASAL, _BOLUS, _CLINICIAN):
        return codes.NOT_RUNNING
    if guard.blocked or guard.alarmed:
        return codes.ALARM
    return codes.GRANTED


def _dose_refusal(guard, clock, strokes):
    """The window rule for every window that has a limit."""
    limits = guard.limits
    # One more: a stroke may be pending, and the next nearly full.
    bolus_strokes = strokes + 1 + guard.rest_of_clinician(clock.tick)
    for i in range(WINDOWS):
        if limits.windows[i] == NO_LIMIT:
            continue
        worst = worst_load(guard.ledger, clock.s, WINDOWS_S[i], bolus_strokes, limits.most,
                           limits.fast_ms)
        if worst > limits.windows[i]:
            return codes.DOSE_LIMIT
    return codes.GRANTED
