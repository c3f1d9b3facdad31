"""The most that a programme can give in a span: against every span of the week."""

import random
from bisect import bisect_left
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.core.clock import Clock
from pump.core.envelope import (
    SPAN_QUARTERS,
    most_in,
    most_meanwhile,
    most_strokes,
    quarters_up,
)
from pump.core.schedule import QUARTER_S, QUARTERS_PER_WEEK, WEEK_S, Week
from pump.core.therapy import Therapy
from pump.core.units import interval_down_ms
from tests.core.parts import HEAD, prescription, programme
from tests.core.weeks import entries, rates_of

strokes_pl = st.integers(200_000, 290_000)
rates = st.one_of(st.just(0), st.integers(2_000, 1_000_000))
PULSES = st.one_of(st.just((0, 0, 0)), st.tuples(
    st.integers(4_000, 100_000), st.integers(60, 21_600), st.integers(900, 86_400)))


def most_basal_nl(by_quarter, span_s):
    """By every begin and every end on a quarter hour: in between the volume is linear."""
    quarters, rest_s = divmod(span_s, QUARTER_S)
    sums = [0]
    for quarter in range(3 * QUARTERS_PER_WEEK):
        sums.append(sums[-1] + by_quarter[quarter % QUARTERS_PER_WEEK])
    most = 0
    for first in range(QUARTERS_PER_WEEK):
        ahead = sums[first + quarters] - sums[first]
        more = by_quarter[(first + quarters) % QUARTERS_PER_WEEK]  # what follows, or went before
        before = by_quarter[first - 1]
        most = max(most, ahead * QUARTER_S + max(more, before) * rest_s)
    return Fraction(most, 3_600)


def most_pulses_nl(pulse, span_s):
    """By every span that begins or ends where a periodic bolus does."""
    nl, s, interval_s = pulse
    if nl == 0:
        return 0

    def given(until_s):
        whole, rest_s = divmod(until_s, interval_s)
        return nl * whole + Fraction(nl * min(rest_s, s), s)

    edges = [0, s, -span_s % interval_s, (s - span_s) % interval_s]
    return max(given(edge_s + span_s) - given(edge_s) for edge_s in edges)


@settings(max_examples=60)
@given(entries(), st.data(), PULSES, strokes_pl)
def test_the_envelope_is_what_the_fullest_span_holds_rounded_up_once(made, data, pulse, stroke_pl):
    its_rates = [data.draw(rates) for _ in made]
    if pulse[0]:
        pulse = (pulse[0], min(pulse[1], pulse[2] - 1), pulse[2])
    most = most_strokes(Week(made), its_rates, *pulse, stroke_pl)
    by_quarter = rates_of(made, its_rates)
    assert len(most) == SPAN_QUARTERS + 1 and most[0] == 0
    for quarters in [*range(1, 9), 16, 17, 48, 95, 96, 97, 98]:
        nl = most_basal_nl(by_quarter, quarters * QUARTER_S)
        nl += most_pulses_nl(pulse, quarters * QUARTER_S)
        assert ceil(nl * 1000 / stroke_pl) <= most[quarters] <= ceil((nl + 2) * 1000 / stroke_pl)


@settings(max_examples=60)
@given(entries(4), st.data(), st.integers(1, 86_400), strokes_pl)
def test_a_span_of_any_length_holds_no_less_than_the_fullest_one_and_hardly_more(
    made, data, span_s, stroke_pl
):
    its_rates = [data.draw(rates) for _ in made]
    most = most_strokes(Week(made), its_rates, 0, 0, 0, stroke_pl)
    fast_ms = interval_down_ms(stroke_pl, max(its_rates))
    by_quarter = rates_of(made, its_rates)
    least = ceil(most_basal_nl(by_quarter, span_s) * 1000 / stroke_pl)
    assert least <= most_in(most, span_s, fast_ms) <= most[quarters_up(span_s)]
    meanwhile = most_meanwhile(most, max(its_rates), span_s, stroke_pl)
    assert least <= meanwhile <= most[quarters_up(span_s)]
    fastest = ceil(Fraction(max(its_rates) * span_s, 3_600) * 1000 / stroke_pl)
    assert meanwhile <= fastest + 1


def test_a_whole_quarter_hour_is_not_rounded_up_to_the_next():
    most = list(range(0, 990, 10))
    assert [most_in(most, span_s, 90_000) for span_s in (900, 901, 991, 1_800)] == [10, 11, 12, 20]
    assert most_in(most, 1_799, 1) == 20
    assert [quarters_up(span_s) for span_s in (0, 1, 900, 901)] == [0, 1, 1, 2]


@pytest.mark.parametrize("seed", range(6))
def test_therapy_never_makes_more_strokes_than_the_envelope_says(seed):
    """Two days of strokes, begun anywhere in the week, in every span that begins with one."""
    chance = random.Random(seed)
    steps = [(chance.randint(1, 127), start, chance.choice([0, 480_000, 3_000_000, 9_000_000]))
             for start in chance.sample(range(96), chance.randint(1, 5))]
    pulse_s, interval_s = chance.randint(60, 800), chance.randint(900, 20_000)
    fields = {**HEAD, "steps": steps, "profiles": [], "minimum_ng_per_day": 0,
              "periodic_ng": chance.choice([0, 100_000]), "periodic_duration_s": pulse_s,
              "periodic_interval_s": interval_s}
    assert prescription(**fields).steps == steps
    what = programme(chance.randint(200_000, 290_000), **fields)
    made = strokes_of(Therapy(what, 0), chance.randrange(WEEK_S), 2 * 86_400_000)
    for quarters in (1, 2, 3, 5, 17, 97):
        span_ms = quarters * QUARTER_S * 1000
        fullest = max([bisect_left(made, at_ms + span_ms) - place
                       for place, at_ms in enumerate(made)], default=0)
        assert fullest <= what.most[quarters]


def strokes_of(therapy, second, until_ms):
    """The ms at which strokes are due, each made at once."""
    clock, made, now_ms = Clock(0, 0), [], 0
    therapy.start(clock, second)
    while now_ms < until_ms:
        if therapy.step_due(clock.s):
            therapy.follow(clock, (second + clock.s) % WEEK_S)
        wait_ms = min(therapy.next_due_ms(clock), until_ms - now_ms)
        now_ms += wait_ms
        clock.advance(now_ms)
        therapy.advance(clock)
        if therapy.flow.pending:
            made.append(now_ms)
            therapy.stroke_made(256, 256)
    return made
