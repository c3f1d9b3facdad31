"""Pump time: ticks wrap at 2^29, pump time never goes back and loses no millisecond."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.core.clock import HALF, PERIOD, Clock, elapsed_ms, plus_ms

ticks = st.one_of(st.integers(0, PERIOD - 1), st.integers(PERIOD - 50, PERIOD - 1),
                  st.integers(0, 50))


@settings(max_examples=300)
@given(ticks, st.one_of(st.integers(0, HALF - 1), st.integers(HALF - 3, HALF - 1)))
def test_a_span_forth_and_back_is_the_same_over_the_wrap(tick, span_ms):
    after = plus_ms(tick, span_ms)
    assert after == (tick + span_ms) % PERIOD
    assert elapsed_ms(after, tick) == span_ms
    assert elapsed_ms(tick, after) == -span_ms


@pytest.mark.parametrize(
    ("later", "earlier", "span_ms"),
    [(0, PERIOD - 1, 1), (PERIOD - 1, 0, -1), (HALF - 1, 0, HALF - 1), (HALF, 0, -HALF),
     (0, HALF, -HALF), (0, HALF + 1, HALF - 1)],
)
def test_spans_at_the_edges(later, earlier, span_ms):
    assert elapsed_ms(later, earlier) == span_ms


@settings(max_examples=200)
@given(ticks, st.integers(0, 10**9), st.integers(0, 999),
       st.lists(st.one_of(st.integers(-2_000, 3_000), st.integers(0, HALF - 1)), max_size=30))
def test_pump_time_is_the_sum_of_all_steps_forward(tick, start_s, start_ms, steps_ms):
    clock, total_ms = Clock(tick, start_s, start_ms), start_s * 1000 + start_ms
    for step_ms in steps_ms:
        clock.advance((clock.tick + step_ms) % PERIOD)
        total_ms += max(0, step_ms)
        assert (clock.s, clock.ms) == divmod(total_ms, 1000)
