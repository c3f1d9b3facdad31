"""A control step stays flat: the Pico's stack is small, and what is flat can be read."""

import sys

import pytest

from pump.core.prescription import check
from tests.core.parts import (
    NO_BOLUS,
    PULSE,
    SERIAL,
    STROKE_PL,
    Guarded,
    limits,
    prescription,
    programme,
)
from tests.core.test_therapy import BOLUS_NL, BOLUS_S, clock_at, started

MOST = 20


def depth_of(call):
    """The most levels, Python's and built-in ones, that `call` goes down to from here."""
    now = deepest = 0

    def watch(_frame, event, _arg):
        nonlocal now, deepest
        if event in ("call", "c_call"):
            now += 1
            deepest = max(deepest, now)
        elif event in ("return", "c_return", "c_exception"):
            now -= 1

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        call()
    finally:
        sys.setprofile(before)
    return deepest


def test_the_measure_counts_levels():
    def down(levels):
        return down(levels - 1) if levels > 1 else None

    assert depth_of(lambda: down(1)) == 2  # the lambda, and down
    assert depth_of(lambda: down(30)) == 31
    assert depth_of(lambda: [down(3), down(2)]) == 4


def guard_steps():
    pump = Guarded(limits(limit_strokes=2_000))
    pump.press()
    for step in range(120):
        pressure_pa = 60_000 if step % 9 == 4 else 0
        yield lambda: pump.guard.ask(pump.clock, pump.total)
        yield pump.stroke
        yield lambda: pump.guard.advance(pump.clock)
        yield lambda pa=pressure_pa: pump.guard.look(pa, 0, pump.clock.s)
        yield pump.verdict
        yield lambda: pump.wait(pump.guard.gate_left_ms(pump.clock) or 1_000)
    yield lambda: pump.ledger.restamp(pump.clock.s, 86_400)
    yield lambda: pump.guard.end_bolus(pump.clock)
    yield lambda: pump.guard.clinician_refusal(pump.clock, 10**7, 10_000)
    yield lambda: pump.guard.grant_clinician(pump.clock, 10_000, 3_600)
    yield lambda: pump.guard.run(False)
    yield lambda: pump.guard.prime_refusal(10**7, 10_000)
    yield lambda: pump.guard.grant_prime(pump.clock, 10_000, 72)
    assert len(pump.strokes) > 40


def therapy_steps():
    therapy = started(**PULSE)
    for at_ms in (0, 1, 400_000, 5_000_000):
        yield lambda at_ms=at_ms: therapy.start_clinician(clock_at(at_ms).tick, BOLUS_NL, BOLUS_S)
        yield lambda at_ms=at_ms: therapy.start_bolus(clock_at(at_ms).tick, BOLUS_NL, BOLUS_S)
        for clock in (clock_at(at_ms), clock_at(at_ms + 390_000)):
            yield lambda clock=clock: therapy.advance(clock)
            yield lambda clock=clock: therapy.next_due_ms(clock)
            yield lambda clock=clock: therapy.follow(clock, 0)
            yield lambda: therapy.stroke_made(3, 256)
            yield lambda clock=clock: therapy.limit_rate(clock, 2)
            yield lambda clock=clock: therapy.limit_rate(clock, 0)


def commits():
    yield lambda: check(prescription(), STROKE_PL, SERIAL)
    yield lambda: check(prescription(**NO_BOLUS), STROKE_PL, SERIAL)
    yield lambda: check(prescription(limit_24h_ng=1), STROKE_PL, SERIAL)
    yield lambda: limits()
    yield lambda: programme()


@pytest.mark.parametrize("steps", [guard_steps, therapy_steps, commits])
def test_no_call_goes_deeper_than_twenty_levels(steps):
    depths = [depth_of(step) for step in steps()]
    assert 2 < max(depths) <= MOST
