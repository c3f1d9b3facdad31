"""A bolus as a flow: its rate, its end, and a pause that takes nothing from it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.core.bolus_flow import BolusFlow
from pump.core.clock import PERIOD

ticks = st.one_of(st.integers(0, PERIOD - 1), st.integers(PERIOD - 5_000_000, PERIOD - 1))


@given(st.integers(5_000, 6_000_000), st.integers(60, 21_600), ticks)
def test_it_gives_its_volume_over_its_duration_and_never_more(nl, duration_s, tick):
    bolus = BolusFlow()
    bolus.begin(tick, nl, duration_s)
    assert bolus.running and not bolus.paused and bolus.strokes == 0
    given_nl = bolus.rate_nl_per_h * duration_s / 3_600
    assert nl - duration_s / 3_600 < given_nl <= nl
    assert bolus.left_ms(tick) == duration_s * 1000
    end = (tick + duration_s * 1000) % PERIOD
    assert not bolus.over((end - 1) % PERIOD) and bolus.over(end)
    assert bolus.left_ms((end + 1) % PERIOD) == 0


@settings(max_examples=200)
@given(ticks, st.lists(st.tuples(st.integers(0, 900_000), st.integers(0, 9_000_000)), max_size=6))
def test_pauses_put_off_its_end_and_take_nothing_from_it(tick, pauses):
    bolus, ran_ms, now = BolusFlow(), 0, tick
    bolus.begin(now, 30_000, 3_600)
    for run_ms, pause_ms in pauses:
        ran_ms += run_ms
        now = (now + run_ms) % PERIOD
        bolus.pause(now)
        assert bolus.paused and not bolus.running and not bolus.over(now)
        now = (now + pause_ms) % PERIOD
        assert bolus.left_ms(now) == max(0, 3_600_000 - ran_ms)
        bolus.resume(now)
        assert bolus.running and not bolus.paused
        assert bolus.left_ms(now) == max(0, 3_600_000 - ran_ms)
        assert bolus.over(now) is (ran_ms >= 3_600_000)


def test_what_is_idle_neither_pauses_nor_resumes():
    bolus = BolusFlow()
    bolus.pause(5)
    bolus.resume(9)
    assert not bolus.running and not bolus.paused and bolus.left_ms(9) == 0 and not bolus.over(9)


@pytest.mark.parametrize("paused", [False, True])
def test_it_can_end_while_it_runs_or_waits(paused):
    bolus = BolusFlow()
    bolus.begin(0, 10_000, 300)
    if paused:
        bolus.pause(100)
    bolus.end()
    bolus.resume(200)
    assert not bolus.running and not bolus.paused and bolus.left_ms(200) == 0


def test_a_running_one_does_not_resume_to_a_new_end():
    bolus = BolusFlow()
    bolus.begin(0, 10_000, 300)
    bolus.resume(100_000)
    assert bolus.left_ms(100_000) == 200_000
