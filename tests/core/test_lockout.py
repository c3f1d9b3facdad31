"""Lockout and count, to the second, for any order of presses, cuts, programmings and refills."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pump.core.lockout import Lockout
from tests.core.parts import Guarded, limits
from tests.oracles.lockout_oracle import decide
from thecal_wire import codes

DAY_S = 86_400
FREELY = 10**6  # a dose limit out of the way


@st.composite
def runs(draw):
    """Duration, lockout, count and events (kind, seconds from the start), crowded at the edges."""
    duration_s = draw(st.one_of(st.just(60), st.integers(60, 3_600)))
    lockout_s = draw(st.one_of(st.sampled_from([60, 14_400, 86_400]), st.integers(60, 86_400)))
    count = draw(st.integers(1, 24))
    edges = [0, duration_s, lockout_s, duration_s + lockout_s, DAY_S, DAY_S - lockout_s]
    gaps = st.one_of(
        st.builds(lambda edge, off: max(0, edge + off), st.sampled_from(edges),
                  st.integers(-1, 1)),
        st.integers(0, 2 * (lockout_s + duration_s)))
    kinds = st.sampled_from(["press"] * 5 + ["power_cut", "programme", "refill"])
    events, at_s = [], 0
    for gap_s, kind in draw(st.lists(st.tuples(gaps, kinds), max_size=40)):
        at_s += gap_s
        events.append((kind, at_s))
    return duration_s, lockout_s, count, events


@settings(max_examples=400)
@given(runs(), st.sampled_from([0, 86_399, 900_000]))
def test_every_press_is_answered_as_the_requirement_says(run, start_s):
    duration_s, lockout_s, count, events = run
    its = limits(limit_strokes=FREELY, bolus_duration_s=duration_s, bolus_lockout_s=lockout_s,
                 bolus_count_per_24h=count)
    pump = Guarded(its, start_s)
    answers = []
    for kind, at_s in events:
        pump.to((start_s + at_s) * 1000)
        if kind == "press":
            result = pump.press()
            answers.append(codes.ERRORS.get(result, "granted"))
        elif kind == "power_cut":
            pump.power_cut()
        elif kind == "refill" or pump.in_bolus():  # a programme is refused while a bolus runs
            pump.refill()
        else:
            pump.programme(its)
    assert answers == decide(events, duration_s, lockout_s, count)


@pytest.mark.parametrize("lockout_s", [60, 14_400, 86_399, 86_400])
def test_a_press_is_granted_exactly_at_the_end_of_lockout_and_not_a_second_before(lockout_s):
    its = limits(limit_strokes=FREELY, bolus_lockout_s=lockout_s, bolus_count_per_24h=24)
    for late_s, answer in [(-1, codes.LOCKOUT), (0, codes.GRANTED), (1, codes.GRANTED)]:
        pump = Guarded(its)
        assert pump.press() == codes.GRANTED
        pump.wait((its.profiles[0].s + lockout_s + late_s) * 1000)
        assert pump.press() == answer


@pytest.mark.parametrize("kind", ["power_cut", "programme", "refill"])
def test_lockout_starts_again_after(kind):
    its = limits(limit_strokes=FREELY, bolus_lockout_s=600, bolus_count_per_24h=24)
    for late_s, answer in [(-1, codes.LOCKOUT), (0, codes.GRANTED), (1, codes.GRANTED)]:
        pump = Guarded(its)
        pump.press()
        pump.wait((its.profiles[0].s + 599) * 1000)
        if kind == "power_cut":
            pump.power_cut()
        elif kind == "programme":
            pump.programme(its)
        else:
            pump.refill()
        pump.wait((600 + late_s) * 1000)
        assert pump.press() == answer


@pytest.mark.parametrize(
    ("age_s", "answer"),
    [(86_399, codes.COUNT), (86_400, codes.GRANTED), (86_401, codes.GRANTED)],
)
def test_a_bolus_counts_for_a_day_to_the_second(age_s, answer):
    its = limits(limit_strokes=FREELY, bolus_lockout_s=60, bolus_count_per_24h=1)
    pump = Guarded(its)
    pump.press()
    pump.wait(age_s * 1000)
    assert pump.press() == answer


def test_a_power_cut_makes_yesterdays_bolus_count_for_another_day():
    its = limits(limit_strokes=FREELY, bolus_lockout_s=60, bolus_count_per_24h=1)
    for age_s, answer in [(86_399, codes.COUNT), (86_400, codes.GRANTED)]:
        pump = Guarded(its)
        pump.press()
        pump.wait(86_399_000)
        pump.power_cut()
        pump.wait(age_s * 1000)
        assert pump.press() == answer


@settings(max_examples=300)
@given(st.integers(0, 5_000), st.integers(60, 300), st.integers(-1_500, 1_500),
       st.lists(st.integers(0, 360_000), max_size=4))
def test_lockout_is_never_a_millisecond_short_nor_a_second_long(
    start_ms, lockout_s, late_ms, looks
):
    its = limits(limit_strokes=FREELY, bolus_lockout_s=lockout_s, bolus_count_per_24h=24)
    pump = Guarded(its)
    pump.wait(start_ms)
    pump.press()
    free_ms = pump.bolus_end_ms + lockout_s * 1000
    for look_ms in sorted(looks):
        if pump.now_ms < start_ms + look_ms < free_ms + late_ms:
            pump.to(start_ms + look_ms)
    pump.to(free_ms + late_ms)
    if late_ms < 0:
        assert pump.press() == codes.LOCKOUT
    elif late_ms >= 1_000:
        assert pump.press() == codes.GRANTED


spans_s = st.one_of(st.sampled_from([0, 60, 86_400]), st.integers(0, 2_000))


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from("restart look".split()), st.integers(0, 3_000), spans_s),
                max_size=20))
def test_no_order_of_restarts_ever_shortens_a_lockout(script):
    """Neither a shorter profile's, nor one with an older time: pump time may lag after a cut."""
    lockout, until_s = Lockout(), 0
    for what, at_s, span_s in script:
        before_s = lockout.left_s(at_s)
        if what == "restart":
            lockout.restart(at_s, span_s)
            until_s = max(until_s, at_s + span_s)
            assert lockout.left_s(at_s) >= max(before_s, span_s)
        assert lockout.left_s(at_s) == max(0, until_s - at_s)


def test_nothing_is_locked_before_anything_happened():
    assert Lockout().left_s(0) == 0
    late = Lockout()
    late.restart(0, 86_400)
    assert late.left_s(0) == 86_400


PROFILES = [(0, 100_000, 300, 600, 24), (32, 100_000, 60, 3_600, 24), (64, 100_000, 120, 60, 24)]


@pytest.mark.parametrize("profile", [0, 1, 2])
def test_lockout_lasts_as_the_profile_of_the_bolus_says_whatever_profile_applies_then(profile):
    its = limits(limit_strokes=FREELY, profiles=PROFILES)
    lockout_s = PROFILES[profile][3]
    for other in (0, 1, 2):
        pump = Guarded(its)
        assert pump.press(profile) == codes.GRANTED
        pump.to(pump.bolus_end_ms + (lockout_s - 1) * 1000)
        assert pump.press(other) == codes.LOCKOUT
        pump.wait(1_000)
        assert pump.press(other) == codes.GRANTED


@pytest.mark.parametrize("kind", ["power_cut", "programme", "refill"])
def test_what_restarts_lockout_does_so_for_the_longest_profile(kind):
    its = limits(limit_strokes=FREELY, profiles=PROFILES)
    pump = Guarded(its)
    pump.programme(its) if kind == "programme" else getattr(pump, kind)()
    pump.wait(3_599_000)
    assert [pump.verdict(profile=profile) for profile in range(3)] == 3 * [codes.LOCKOUT]
    pump.wait(1_000)
    assert pump.press(2) == codes.GRANTED


def test_a_long_lockout_goes_on_under_a_programme_with_a_short_one():
    pump = Guarded(limits(limit_strokes=FREELY, bolus_lockout_s=14_400))
    pump.press()
    pump.to(pump.bolus_end_ms + 400_000)
    pump.programme(limits(limit_strokes=FREELY, bolus_lockout_s=60))
    pump.wait(14_399_000)
    assert pump.press() == codes.LOCKOUT  # a change of programme began the old one's anew
    pump.wait(1_000)
    assert pump.press() == codes.GRANTED


@settings(max_examples=200)
@given(st.integers(0, 100_000), st.integers(0, 300_000))
def test_refused_presses_change_nothing(first_ms, again_ms):
    its = limits(limit_strokes=FREELY, bolus_lockout_s=60, bolus_count_per_24h=24)
    pump = Guarded(its)
    pump.wait(first_ms)
    pump.press()
    pump.wait(again_ms)
    assume(pump.verdict() != codes.GRANTED)
    before = dict(vars(pump.guard)), dict(vars(pump.lockout)), bytes(pump.ledger.grants)
    pump.press()
    assert before == (vars(pump.guard), vars(pump.lockout), bytes(pump.ledger.grants))


def test_a_bolus_counts_for_a_day_to_the_millisecond():
    its = limits(limit_strokes=FREELY, bolus_lockout_s=60, bolus_count_per_24h=1)
    pump = Guarded(its)
    pump.wait(999)
    pump.press()
    pump.wait(86_399_001)
    assert pump.press() == codes.COUNT
    pump.wait(1_000)  # and no second longer than its own that had begun
    assert pump.press() == codes.GRANTED
