"""The window rule: never allows what the oracle forbids, never refuses what it protects."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.core.clock import PERIOD
from pump.core.flow import FlowControl
from pump.core.guard import ALLOWED, LIMIT, TOO_SOON
from pump.core.units import interval_down_ms
from pump.core.window_rule import basal_fits, basal_most, worst_load
from tests.core.histories import gaps_s, played, starts_s, strokes, windows_s
from tests.core.parts import NO_BOLUS, Guarded, limits
from tests.oracles.rule_oracle import may_not_refuse, most_basal, must_refuse
from thecal_wire import codes

intervals_ms = st.one_of(
    st.none(), st.sampled_from([100_000, 450_000, 900_000]), st.integers(40_000, 522_000)
)


@settings(max_examples=400)
@given(starts_s, strokes, gaps_s, windows_s, st.integers(1, 60), intervals_ms)
def test_the_worst_load_is_no_less_than_the_truth_and_within_two_strokes_of_need(
    start_s, history, gap_s, window_s, bolus, interval_ms
):
    ledger, made, now_s = played(start_s, history)
    now_s += gap_s
    ledger.advance(now_s)
    worst = worst_load(ledger, now_s, window_s, bolus, interval_ms or 0)
    rule = [at_s for at_s, _ in made], now_s, window_s, bolus, 0, interval_ms
    assert not must_refuse(*rule, worst)  # the least limit that lets it pass
    assert not may_not_refuse(*rule, worst - 1)  # the greatest that refuses it


@settings(max_examples=30)
@given(starts_s, strokes, st.integers(3_600, 7_200), st.integers(1, 3_000),
       st.integers(720, 5_000))
def test_the_same_holds_at_high_rates(start_s, history, window_s, bolus, interval_ms):
    ledger, made, now_s = played(start_s, history)
    worst = worst_load(ledger, now_s, window_s, bolus, interval_ms)
    rule = [at_s for at_s, _ in made], now_s, window_s, bolus, 0, interval_ms
    assert not must_refuse(*rule, worst)
    assert not may_not_refuse(*rule, worst - 1)


def test_a_lowered_programme_still_counts_what_the_higher_one_gave():
    """A reserve from the current basal alone would let this bolus pass."""
    ledger, _made, now_s = played(0, [(0, 60, False), (100, 0, False)])
    assert worst_load(ledger, now_s, 3_600, 20, 360_000) == 60 + 20 + 4_400 // 360 + 1


def test_what_basal_will_still_give_counts_before_it_is_given():
    ledger, _made, now_s = played(0, [])
    assert worst_load(ledger, now_s, 3_600, 20, 90_000) == 20 + 4_500 // 90 + 1


def test_basal_counts_both_ends_of_a_span():
    assert [basal_most(span_s, 1_000) for span_s in (0, 1, 2)] == [1, 2, 3]
    assert basal_most(86_400, 0) == 0
    for span_s in (1, 89, 90, 91, 3_600):
        assert basal_most(span_s, 90_000) == most_basal(span_s * 1_000, 90_000)


# --- basal alone is never refused -------------------------------------------------


@settings(max_examples=15)
@given(st.integers(200_000, 290_000), st.integers(2_000, 1_000_000), st.integers(0, 2**32),
       st.sampled_from([0, 0, 30, 95]))
def test_basal_alone_is_never_refused_a_stroke_at_any_phase(stroke_pl, rate, seed, late):
    """Two windows long, at the tightest limit that `basal_fits` accepts, strokes late or not."""
    chance = random.Random(seed)
    interval_ms = interval_down_ms(stroke_pl, rate)
    # A long window only where it does not mean a hundred thousand strokes.
    window_s = chance.randint(3_600, 3_600 + min(82_800, interval_ms * 800 // 1_000))
    its_limits = tightest(stroke_pl, rate, window_s, interval_ms)
    pump = Guarded(its_limits, 900_000 + chance.randrange(900), PERIOD - chance.randrange(9_000))
    pump.wait(chance.randrange(1_000))
    flow = FlowControl(stroke_pl, pump.clock.tick)
    flow.set_rate(pump.clock.tick, rate)
    end_ms = pump.now_ms + (2 * window_s + 900) * 1_000
    while pump.now_ms < end_ms:
        wait_ms = flow.next_due_ms(pump.clock.tick)
        if late:
            wait_ms += chance.randrange(1 + interval_ms * late // 100)
        pump.wait(wait_ms)
        flow.advance(pump.clock.tick)
        while not pump.stroke():
            assert pump.guard.refusal == TOO_SOON  # never LIMIT
            pump.wait(pump.guard.gate_left_ms(pump.clock))
        flow.advance(pump.clock.tick)
        flow.stroke_made(256, 256)


def tightest(stroke_pl, rate, window_s, interval_ms):
    """Limits of this basal with the least limit that `basal_fits` accepts."""
    least = basal_most(window_s + 900, interval_ms)
    while not basal_fits(window_s, interval_ms, least):
        least += 1
    return limits(stroke_pl, least, **NO_BOLUS, basal_ng_per_day=rate * 240,
                  dose_window_s=window_s)


@pytest.mark.parametrize("window_s", [3_600, 3_601, 4_499, 86_400])
@pytest.mark.parametrize("interval_ms", [300_000, 450_000, 449_999, 522_000])
def test_basal_fits_asks_for_no_more_than_two_strokes_in_hand(window_s, interval_ms):
    """By trying every phase: what the ledger can really come to count of basal alone."""
    most = 0
    for phase_ms in range(0, 900_000, 7_000):
        times = range(900_000 * 200 + phase_ms, 900_000 * 200 + 3 * 86_400_000, interval_ms)
        quarters = [at_ms // 900_000 for at_ms in times]
        for at_ms in times[: 2 + 900_000 // interval_ms]:
            now_s = at_ms // 1000 + window_s + 900
            first = (now_s - window_s) // 900
            most = max(most, sum(first <= quarter <= now_s // 900 for quarter in quarters))
    assert basal_fits(window_s, interval_ms, most + 2)
    assert not basal_fits(window_s, interval_ms, most - 1)


def test_no_basal_needs_room_for_one_stroke_only():
    assert basal_fits(86_400, 0, 1)
    assert not basal_fits(86_400, 0, 0)


# --- a bolus that was allowed does not starve basal later -------------------------


@settings(max_examples=200)
@given(st.integers(0, 2**32))
def test_a_bolus_that_was_allowed_costs_basal_no_stroke_later(seed):
    """Whatever limit the bolus just passes, basal and bolus both run on without a refusal."""
    chance = random.Random(seed)
    bolus_ng = chance.randint(50_000, 100_000)
    pump, flow, rate = running(chance, bolus_ng)
    first_press_ms = pump.now_ms + chance.randrange(3_000_000, 9_000_000)
    while pump.now_ms < first_press_ms:
        run_to_next_stroke(pump, flow)
    pump.wait(chance.randrange(1 + flow.next_due_ms(pump.clock.tick)))
    flow.advance(pump.clock.tick)
    if flow.pending:
        stroke(pump, flow)
    run_with_tightest_bolus(pump, flow, rate)


def test_a_stroke_pending_at_the_grant_does_not_starve_basal_later():
    for seed in range(300):
        chance = random.Random(seed)
        pump, flow, rate = running(chance, 100_000)
        for _ in range(30):
            run_to_next_stroke(pump, flow)
        # Held back, as by the gate after an earlier bolus: the next one fills meanwhile.
        held_ms = int(pump.limits.interval_ms * chance.uniform(0, 0.8))
        pump.wait(flow.next_due_ms(pump.clock.tick) + held_ms)
        flow.advance(pump.clock.tick)
        run_with_tightest_bolus(pump, flow, rate)


def running(chance, bolus_ng):
    """A pump on basal alone, its limit out of reach, with a bolus of about 20 to 40 strokes."""
    window_s = chance.choice([3_600, chance.randint(3_600, 9_000)])
    basal = chance.randint(500_000, 9_000_000)
    its_limits = limits(limit_strokes=10**6, basal_ng_per_day=basal, bolus_ng=bolus_ng,
                        dose_window_s=window_s)
    pump = Guarded(its_limits, 900_000 + chance.randrange(900))
    flow = FlowControl(its_limits.stroke_pl, pump.clock.tick)
    rate = basal * 1_000 // 240_000
    flow.set_rate(pump.clock.tick, rate)
    return pump, flow, (rate, bolus_ng // 10 * 3_600 // 300)


def run_with_tightest_bolus(pump, flow, rates):
    """Give a bolus under the least limit that allows it; then every stroke must be permitted."""
    basal_rate, bolus_rate = rates
    its = pump.limits
    its.limit_strokes = basal_most(its.window_s + 900, its.interval_ms) + 1
    while pump.verdict() == codes.DOSE_LIMIT:
        its.limit_strokes += 1
    assert pump.press() == codes.GRANTED
    flow.set_rate(pump.clock.tick, basal_rate + bolus_rate)
    end_ms = pump.bolus_end_ms
    while pump.in_bolus():
        wait_ms = flow.next_due_ms(pump.clock.tick)
        if pump.now_ms + wait_ms > end_ms:
            break
        run_to_next_stroke(pump, flow)
    pump.to(max(end_ms, pump.now_ms))
    flow.set_rate(pump.clock.tick, basal_rate)
    last_ms = pump.now_ms + (its.window_s + 1_800) * 1_000
    while pump.now_ms < last_ms:
        run_to_next_stroke(pump, flow)


def run_to_next_stroke(pump, flow):
    pump.wait(flow.next_due_ms(pump.clock.tick))
    flow.advance(pump.clock.tick)
    stroke(pump, flow)


def stroke(pump, flow):
    while not pump.stroke():
        assert pump.guard.refusal != LIMIT
        pump.wait(pump.guard.gate_left_ms(pump.clock))
    assert pump.guard.refusal == ALLOWED
    flow.advance(pump.clock.tick)
    flow.stroke_made(256, 256)
