"""The window rule: never allows what the oracle forbids, never refuses what it protects."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.core.clock import PERIOD
from pump.core.envelope import SPAN_QUARTERS
from pump.core.flow import FlowControl
from pump.core.guard import ALLOWED, LIMIT, TOO_SOON
from pump.core.window_rule import least_limit, worst_load
from tests.core.histories import DAY_S, gaps_s, played, starts_s, strokes
from tests.core.parts import NO_BOLUS, ROOM, Guarded, limits, programme, set_limit
from tests.oracles.rule_oracle import may_not_refuse, must_refuse
from thecal_wire import codes

windows_s = st.sampled_from([3_600, 14_400, DAY_S])
intervals_ms = st.one_of(
    st.none(), st.sampled_from([100_000, 450_000, 900_000]), st.integers(40_000, 522_000)
)


def most_of(interval_ms):
    """The envelope of a constant basal with a stroke every `interval_ms`, None = no basal."""
    if interval_ms is None:
        return [0] * (SPAN_QUARTERS + 1)
    return [-(-quarters * 900_000 // interval_ms) for quarters in range(SPAN_QUARTERS + 1)]


@settings(max_examples=400)
@given(starts_s, strokes, gaps_s, windows_s, st.integers(1, 60), intervals_ms)
def test_the_worst_load_is_no_less_than_the_truth_and_within_two_strokes_of_need(
    start_s, history, gap_s, window_s, bolus, interval_ms
):
    ledger, made, now_s = played(start_s, history)
    now_s += gap_s
    ledger.advance(now_s)
    # One more: a stroke that is due, which the guard adds to every bolus.
    worst = worst_load(ledger, now_s, window_s, bolus, most_of(interval_ms), interval_ms or 0) + 1
    rule = [at_s for at_s, _ in made], now_s, window_s, bolus, 0, interval_ms
    assert not must_refuse(*rule, worst)  # the least limit that lets it pass
    assert not may_not_refuse(*rule, worst - 1)  # the greatest that refuses it


@settings(max_examples=30)
@given(starts_s, strokes, st.sampled_from([3_600, 14_400]), st.integers(1, 3_000),
       st.integers(720, 5_000))
def test_the_same_holds_at_high_rates(start_s, history, window_s, bolus, interval_ms):
    ledger, made, now_s = played(start_s, history)
    worst = worst_load(ledger, now_s, window_s, bolus, most_of(interval_ms), interval_ms) + 1
    rule = [at_s for at_s, _ in made], now_s, window_s, bolus, 0, interval_ms
    assert not must_refuse(*rule, worst)
    assert not may_not_refuse(*rule, worst - 1)


def test_a_lowered_programme_still_counts_what_the_higher_one_gave():
    """A reserve from the current basal alone would let this bolus pass."""
    ledger, _made, now_s = played(0, [(0, 60, False), (100, 0, False)])
    worst = worst_load(ledger, now_s, 3_600, 20, most_of(360_000), 360_000)
    assert worst == 60 + 20 + 4_400 // 360 + 1


def test_what_basal_will_still_give_counts_before_it_is_given():
    ledger, _made, now_s = played(0, [])
    assert worst_load(ledger, now_s, 3_600, 20, most_of(90_000), 90_000) == 20 + 4_500 // 90


def test_a_stroke_counts_until_its_whole_quarter_hour_has_left_and_basal_until_then():
    """At 1,799 s those of the first quarter hour leave in 2,701 s: three quarter hours and 1 s."""
    most = [10 * quarters for quarters in range(SPAN_QUARTERS + 1)]
    ledger, _made, now_s = played(0, [(0, 1_000, False), (1_799, 0, False)])
    assert worst_load(ledger, now_s, 3_600, 20, most, 90_000) == 1_000 + 20 + 31
    assert worst_load(ledger, now_s, 3_600, 20, most, 50) == 1_000 + 20 + 40
    ledger, _made, now_s = played(0, [(0, 1_000, False), (1_800, 0, False)])
    assert worst_load(ledger, now_s, 3_600, 20, most, 90_000) == 1_000 + 20 + 30


@pytest.mark.parametrize("now_s", [0, 1, 450, 899])
def test_the_bolus_itself_counts_until_its_whole_quarter_hour_has_left(now_s):
    """At 899 s it has 3,601 s to go by the clock, and yet five quarter hours of basal join it."""
    ledger, _made, now_s = played(0, [(now_s, 0, False)])
    assert worst_load(ledger, now_s, 3_600, 20, most_of(450_000), 450_000) == 20 + 10


@pytest.mark.parametrize(("window_s", "held"), [(3_600, 0), (14_400, 0), (DAY_S, 60)])
def test_what_was_made_a_day_ago_counts_once_and_in_the_longest_window_alone(window_s, held):
    ledger, _made, now_s = played(0, [(0, 60, True), (DAY_S, 0, False)])
    assert worst_load(ledger, now_s, window_s, 20, most_of(None), 0) == held + 20


def test_the_least_limit_holds_the_programme_strokes_in_hand_and_one_bolus():
    most = list(range(SPAN_QUARTERS + 1))
    assert [least_limit(window_s, 40, most) for window_s in (3_600, 14_400, DAY_S)] == [
        5 + 42, 17 + 42, 97 + 42]
    assert least_limit(3_600, 0, most) == 5 + 1


# --- basal alone is never refused -------------------------------------------------


@settings(max_examples=15)
@given(st.integers(200_000, 290_000), st.integers(2_000, 1_000_000), st.integers(0, 2**32),
       st.sampled_from([0, 0, 30, 95]))
def test_basal_alone_is_never_refused_a_stroke_at_any_phase(stroke_pl, rate, seed, late):
    """Two windows long, at the tightest limit that is accepted, strokes late or not."""
    chance = random.Random(seed)
    # A long window only where it does not mean a hundred thousand strokes.
    window_s = chance.choice([3_600, 14_400] if rate < 50_000 else [3_600])
    pump = Guarded(tightest(stroke_pl, rate, window_s), 900_000 + chance.randrange(900),
                   PERIOD - chance.randrange(9_000))
    pump.wait(chance.randrange(1_000))
    flow = FlowControl(stroke_pl, pump.clock.tick)
    flow.set_rate(pump.clock.tick, rate)
    end_ms = pump.now_ms + (2 * window_s + 900) * 1_000
    while pump.now_ms < end_ms:
        wait_ms = flow.next_due_ms(pump.clock.tick)
        if late:
            wait_ms += chance.randrange(1 + stroke_pl * 3_600 // rate * late // 100)
        pump.wait(wait_ms)
        flow.advance(pump.clock.tick)
        while not pump.stroke():
            assert pump.guard.refusal == TOO_SOON  # never LIMIT
            pump.wait(pump.guard.gate_left_ms(pump.clock))
        flow.advance(pump.clock.tick)
        flow.stroke_made(256, 256)


def tightest(stroke_pl, rate, window_s):
    """Limits of this basal with the least limit under which it is accepted."""
    its = limits(stroke_pl, **NO_BOLUS, **ROOM, basal_ng_per_day=rate * 240)
    set_limit(its, least_limit(window_s, 0, its.most), window_s)
    return its


@pytest.mark.parametrize("window_s", [3_600, 86_400])
@pytest.mark.parametrize("rate", [3_000, 2_000, 2_001, 1_724])
def test_the_least_limit_keeps_no_more_than_two_strokes_in_hand(window_s, rate):
    """By trying every phase: what the ledger can really come to count of basal alone."""
    most, interval_ms = 0, 250 * 3_600_000 // rate
    for phase_ms in range(0, 900_000, 7_000):
        times = range(900_000 * 200 + phase_ms, 900_000 * 200 + 3 * 86_400_000, interval_ms)
        quarters = [at_ms // 900_000 for at_ms in times]
        for at_ms in times[: 2 + 900_000 // interval_ms]:
            now_s = at_ms // 1000 + window_s + 900
            first = (now_s - window_s) // 900
            most = max(most, sum(first <= quarter <= now_s // 900 for quarter in quarters))
    least = least_limit(window_s, 0, programme(basal_ng_per_day=rate * 240).most)
    assert most <= least <= most + 2


def test_no_basal_needs_room_for_one_stroke_only():
    assert least_limit(DAY_S, 0, most_of(None)) == 1


# --- at the least limit the button is there -------------------------------------------


@pytest.mark.parametrize("rate", [180_000, 60_000, 10_000, 3_000, 777])
def test_at_the_least_limit_the_button_comes_each_quarter_hour(rate):
    """Also when the strokes of basal fall evenly into the quarter hours, as at 180 and 60 uL/h."""
    its = limits(**ROOM, basal_ng_per_day=rate * 240, minimum_ng_per_day=0)
    strokes_in_bolus = its.profiles[0].strokes
    set_limit(its, least_limit(3_600, strokes_in_bolus, its.most), 3_600)
    pump = Guarded(its, 900_000, PERIOD - 7_000)
    flow = FlowControl(its.stroke_pl, pump.clock.tick)
    flow.set_rate(pump.clock.tick, rate)
    while pump.now_ms < 900_000_000 + 2 * 3_600_000:
        run_to_next_stroke(pump, flow)
    free = set()
    while pump.now_ms < 900_000_000 + 4 * 3_600_000:
        wait_ms = min(flow.next_due_ms(pump.clock.tick), 1_000)
        pump.wait(wait_ms)
        flow.advance(pump.clock.tick)
        if flow.pending:
            stroke(pump, flow)
        if pump.verdict() == codes.GRANTED:
            free.add(pump.now_ms // 900_000)
    assert len(free) >= 8


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
        held_ms = int(250 * 3_600_000 / rate[0] * chance.uniform(0, 0.8))
        pump.wait(flow.next_due_ms(pump.clock.tick) + held_ms)
        flow.advance(pump.clock.tick)
        run_with_tightest_bolus(pump, flow, rate)


def running(chance, bolus_ng):
    """A pump on basal alone, its limit out of reach, with a bolus of about 20 to 40 strokes."""
    basal = chance.randint(500_000, 9_000_000)
    its_limits = limits(limit_strokes=10**6, window_s=3_600, basal_ng_per_day=basal,
                        bolus_ng=bolus_ng)
    pump = Guarded(its_limits, 900_000 + chance.randrange(900))
    flow = FlowControl(its_limits.stroke_pl, pump.clock.tick)
    rate = basal * 1_000 // 240_000
    flow.set_rate(pump.clock.tick, rate)
    return pump, flow, (rate, bolus_ng // 10 * 3_600 // 300)


def run_with_tightest_bolus(pump, flow, rates):
    """Give a bolus under the least limit that allows it; then every stroke must be permitted."""
    basal_rate, bolus_rate = rates
    limit = least_limit(3_600, 0, pump.limits.most)
    set_limit(pump.limits, limit, 3_600)
    while pump.verdict() == codes.DOSE_LIMIT:
        limit += 1
        set_limit(pump.limits, limit, 3_600)
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
    last_ms = pump.now_ms + (3_600 + 1_800) * 1_000
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
