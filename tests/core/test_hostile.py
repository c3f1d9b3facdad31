"""The guard against a therapy that asks for everything all the time: no limit is exceeded."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.core import guard as rules
from tests.core.parts import Guarded, limits
from tests.oracles.integrator import largest_window_load, largest_window_load_two_pointer
from thecal_wire import codes


class Hostile:
    """Asks for a stroke and a bolus at every instant, and keeps account of what it got."""

    def __init__(self, pump):
        self.pump = pump
        self.serials = []
        self.in_bolus = 0  # strokes of the running bolus
        self.starts = 0
        self.since_start = False  # a stroke since the processor started
        self.gate_breaches = []
        self.reasons = set()

    def ask(self):
        pump, guard = self.pump, self.pump.guard
        if pump.press() == codes.GRANTED:
            self.in_bolus = 0
        permit = guard.ask(pump.clock, pump.total)
        self.reasons.add(guard.refusal)
        if permit is None:
            return
        assert permit.mark == 0
        self.serials.append((self.starts, permit.serial))
        if self.since_start and pump.now_ms - pump.strokes[-1] < guard.gate_ms():
            self.gate_breaches.append(pump.now_ms)
        pump.total += 1
        guard.charge(permit, pump.total, pump.clock)
        assert permit.mark == pump.total
        pump.strokes.append(pump.now_ms)
        self.since_start = True
        if pump.in_bolus():
            self.in_bolus += 1
            assert self.in_bolus <= pump.limits.profiles[0].strokes_in_bolus

    def act(self, what):
        if what == "cut":
            self.pump.power_cut()
            self.starts += 1
            self.since_start = False
        elif what == "programme" and not self.pump.in_bolus():
            self.pump.programme(self.pump.limits)
        elif what == "stop_and_start":
            self.pump.guard.run(False)
            self.ask()
            self.pump.guard.run(True)


phases = st.lists(st.tuples(
    st.one_of(st.integers(1, 200), st.integers(400, 3_000), st.integers(3_000, 900_000)),
    st.integers(1, 60),
    st.sampled_from(["ask", "ask", "ask", "cut", "programme", "stop_and_start"]),
), min_size=3, max_size=25)


@settings(max_examples=250)
@given(phases, st.integers(0, 899_999), st.integers(24, 120), st.sampled_from([3_600, 14_400]),
       st.sampled_from([2_400_000, 100_000_000]), st.sampled_from([60, 600]))
def test_no_order_of_asking_gets_more_than_the_limits(
    script, phase_ms, limit, window_s, basal, lockout_s
):
    its = limits(limit_strokes=limit, window_s=window_s, basal_ng_per_day=basal,
                 bolus_ng=60_000, bolus_duration_s=60, bolus_lockout_s=lockout_s,
                 bolus_count_per_24h=24)
    pump = Guarded(its).wait(phase_ms)
    hostile = Hostile(pump)
    for step_ms, times, what in script:
        hostile.act(what)
        for _ in range(times):
            hostile.ask()
            pump.wait(step_ms)
    loads = [(at_ms, 1) for at_ms in pump.strokes]
    most = largest_window_load if len(loads) < 150 else largest_window_load_two_pointer
    assert most(loads, window_s * 1000) <= limit
    assert hostile.gate_breaches == []
    assert len(set(hostile.serials)) == len(hostile.serials)


def test_the_hostile_therapy_does_run_into_every_wall():
    """Else the test above would be content with a guard that permits nothing."""
    its = limits(limit_strokes=60, window_s=3_600, basal_ng_per_day=100_000_000,
                 bolus_ng=60_000, bolus_duration_s=60, bolus_lockout_s=60)
    pump = Guarded(its)
    hostile = Hostile(pump)
    for _ in range(20_000):
        hostile.ask()
        pump.wait(101)
    assert hostile.reasons == {rules.ALLOWED, rules.TOO_SOON, rules.LIMIT}
    assert largest_window_load([(at_ms, 1) for at_ms in pump.strokes], 3_600_000) == 60


@pytest.mark.parametrize("basal", [0, 2_400_000, 100_000_000])
def test_a_bolus_holds_its_strokes_and_not_one_more(basal):
    its = limits(limit_strokes=10**6, basal_ng_per_day=basal)
    pump = Guarded(its)
    assert pump.press() == codes.GRANTED
    while pump.guard.ask(pump.clock, pump.total) or pump.guard.refusal == rules.TOO_SOON:
        pump.stroke()
        pump.wait(pump.guard.gate_left_ms(pump.clock))
        if not pump.in_bolus():
            break
    # Its own 40, the basal strokes of 5 min and one at their end, and one on the way.
    assert len(pump.strokes) == 40 + 1 + (basal * 300 // 86_400 // 2_500 + 1 if basal else 0)
    assert its.profiles[0].strokes_in_bolus == len(pump.strokes)
    assert pump.guard.refusal == rules.BOLUS_SPENT


@settings(max_examples=60)
@given(st.integers(1, 500), st.integers(5, 40), st.integers(0, 899_999),
       st.lists(st.integers(0, 400_000), max_size=60))
def test_larger_strokes_never_hold_a_window_a_stroke_above_the_limit(
    extra_permille, limit, phase_ms, gaps_ms
):
    """A stroke that is believed larger weighs that much more: charged in whole strokes, in advance.

    One that was charged may have left the window before its strokes: docs/guard.md.
    """
    pump = Guarded(limits(limit_strokes=limit, window_s=3_600)).wait(phase_ms)
    pump.guard.extra_permille = extra_permille
    for gap_ms in gaps_ms + [72_000] * 60:
        pump.stroke()
        assert pump.guard.used_strokes(pump.clock.s, 3_600) <= limit
        pump.wait(gap_ms)
    loads = [(at_ms, 1_000 + extra_permille) for at_ms in pump.strokes]
    assert largest_window_load(loads, 3_600_000) < (limit + 1) * 1_000
    assert len(pump.strokes) * (1_000 + extra_permille) > (limit - 4) * 1_000
