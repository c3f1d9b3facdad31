"""A share of the long proof (`make prove PART=core`), and that its judge can be believed."""

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hil.prove.core.crowd import Crowd, mutants
from tests.oracles import dosing_limits, dosing_programme
from tests.oracles.dosing_flex import FlexOracle
from tests.oracles.dosing_programme import QUARTER_MS, ceil, most_basal, most_periodic
from tests.proof import fast
from tests.proof.clockwork import LeapingFlex
from tests.proof.fast import fast_in_window, most_up, weigh_anew
from tests.proof.life import Life
from tests.proof.programmes import Plan
from tests.proof.run import lives

STEPS = 3_000
WEEK_S = 604_800


def plan(number):
    return Plan(random.Random(number), 250_000, 10_000)


def test_some_thousand_steps_of_whole_pumps_violate_nothing():
    counts, violations = lives(STEPS, "test")
    assert violations == []
    assert counts["steps"] == STEPS and counts["patient: granted"] and counts["power cuts"]


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_a_short_life_violates_nothing(chance):
    Life(chance, 60, Counter()).run()


@pytest.mark.parametrize("name", ["delivered_only", "grants_not_restamped", "clock_raises_the_rate",
                                  "mark_after_the_stroke", "counter_forgotten"])
def test_the_proof_finds_a_planted_mutant(name):
    assert name in mutants()
    ((_name, found),) = Crowd(1).hunt([name], 1_000, 1)
    assert found


CLOCK_EVENTS = st.lists(st.one_of(
    st.tuples(st.just("advance"), st.integers(0, 20_000)),
    st.tuples(st.just("set"), st.integers(0, WEEK_S - 1), st.sampled_from([None, 0, 60, -330])),
    st.tuples(st.just("onto"), st.integers(-2, 1)),
    st.tuples(st.sampled_from(["invalidate", "stop", "start"])),
), max_size=8)


@settings(max_examples=60)
@given(st.integers(0, 50), st.integers(0, WEEK_S - 1), CLOCK_EVENTS)
def test_leaping_is_ticking(number, utc_s, happened):
    meaning = plan(number).meaning
    slow, leaping = FlexOracle(meaning, utc_s), LeapingFlex(meaning, utc_s)
    for what, *values in happened:
        if what == "advance":
            expected = []
            for _ in range(values[0]):
                expected.append(slow.allowed())
                slow.tick()
            given_rates = [rates for span, rates in leaping.leap(values[0]) for _ in range(span)]
            assert given_rates == expected
        elif what == "onto":
            start_s = leaping.to_start(leaping.local()) + leaping.utc_s + values[0]
            slow.clock_set(start_s % WEEK_S)
            leaping.clock_set(start_s % WEEK_S)
        elif what == "set":
            slow.clock_set(*values)
            leaping.clock_set(*values)
        else:
            getattr(slow, what)()
            getattr(leaping, what)()
        assert slow.allowed() == leaping.allowed()


@given(st.integers(0, 50), st.integers(0, 100 * QUARTER_MS))
def test_the_remembered_most_is_the_oracles(number, span_ms):
    meaning = plan(number).meaning
    span = -(-span_ms // QUARTER_MS) * QUARTER_MS
    assert most_up(meaning, span_ms) == (ceil(most_basal(meaning, span))
                                         + ceil(most_periodic(meaning, span)))


@given(st.lists(st.tuples(st.integers(0, 50_000), st.sampled_from(["basal", "patient", "prime"]))),
       st.integers(0, 60_000), st.integers(1, 60_000), st.booleans())
def test_the_fast_window_is_the_oracles(made, at_ms, window_ms, with_prime):
    strokes = []
    for at, kind in sorted(made):
        if at <= at_ms:
            strokes.append(dosing_limits.Stroke(at, kind, 1 + at % 3))
            fast_in_window(strokes, at, window_ms, with_prime)
            del strokes[:len(strokes) // 20]
    slow = dosing_limits.in_window(strokes, at_ms, window_ms, with_prime)
    assert fast_in_window(strokes, at_ms, window_ms, with_prime) == slow
    if strokes:
        strokes[len(strokes) // 2].weight += 7
        weigh_anew(strokes)
        slow = dosing_limits.in_window(strokes, at_ms, window_ms, with_prime)
        assert fast_in_window(strokes, at_ms, window_ms, with_prime) == slow


@given(st.integers(0, 50), st.none() | st.integers(0, WEEK_S - 1))
def test_the_remembered_profiles_are_the_oracles(number, local_s):
    meaning = plan(number).meaning
    assert fast.profiles_that_apply(meaning, local_s) == fast.slow_profiles(meaning, local_s)


@given(st.lists(st.tuples(st.frozensets(st.integers(0, 6)), st.integers(0, 95),
                          st.integers(0, 5)), max_size=6), st.integers(0, WEEK_S - 1))
def test_the_quick_rate_is_the_oracles(steps, local_s):
    programme = dosing_programme.Programme(250_000, tuple(steps))
    assert fast.basal_rate(programme, local_s) == fast.slow_basal_rate(programme, local_s)
