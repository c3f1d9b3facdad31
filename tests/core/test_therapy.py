"""What therapy wants: basal, a bolus on top for its own time, nothing while held or stopped."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.core.clock import PERIOD
from pump.core.therapy import Therapy, bolus_share_nl
from tests.core.parts import NO_BASAL, NO_BOLUS, programme
from thecal_wire import codes

T0 = PERIOD - 60_000
BASAL, BOLUS = 10_000, 120_000  # nL/h of the good prescription


def at(ms):
    return (T0 + ms) % PERIOD


def running(**changes):
    therapy = Therapy(programme(**changes), at(0))
    therapy.start(at(0))
    return therapy


def run(therapy, from_ms, until_ms):
    """Make every stroke as it becomes due; returns the ms at which they were due."""
    made, now_ms = [], from_ms
    while True:
        wait_ms = therapy.next_due_ms(at(now_ms))
        if wait_ms is None or now_ms + wait_ms > until_ms:
            therapy.advance(at(until_ms))
            return made
        now_ms += wait_ms
        therapy.advance(at(now_ms))
        if therapy.flow.pending:
            made.append(now_ms)
            therapy.stroke_made(256, 256)


def test_basal_gives_a_stroke_every_interval():
    assert run(running(), 0, 900_000) == [90_000 * n for n in range(1, 11)]


def test_a_stopped_therapy_wants_nothing():
    therapy = Therapy(programme(), at(0))
    assert therapy.next_due_ms(at(0)) is None and therapy.rate_nl_per_h() == 0
    therapy.start(at(0))
    therapy.stop(at(100_000))
    assert therapy.next_due_ms(at(100_000)) is None and therapy.rate_nl_per_h() == 0
    assert run(therapy, 100_000, 10_000_000) == []


def test_a_start_after_a_stop_waits_a_full_interval():
    therapy = running()
    therapy.advance(at(89_999))
    therapy.stop(at(89_999))
    therapy.start(at(200_000))
    assert therapy.next_due_ms(at(200_000)) == 90_000


@settings(max_examples=200)
@given(st.integers(0, 200_000))
def test_a_bolus_adds_its_volume_to_basal_and_changes_nothing_beneath(start_ms):
    therapy = running()
    made = run(therapy, 0, start_ms)
    therapy.start_bolus(at(start_ms))
    assert therapy.rate_nl_per_h() == BASAL + BOLUS
    end_ms = start_ms + 300_000
    during = run(therapy, start_ms, end_ms)
    assert therapy.rate_nl_per_h() == BASAL and not therapy.in_bolus
    assert therapy.bolus_strokes in (len(during), len(during) - 1)  # one due at its very end
    after = run(therapy, end_ms, end_ms + 1_800_000)
    ordered = BASAL * (end_ms + 1_800_000) + BOLUS * 300_000
    assert len(made + during + after) == ordered // (250 * 3_600_000)


@settings(max_examples=100)
@given(st.integers(0, 400_000))
def test_a_bolus_that_is_looked_at_late_has_ended_on_its_own_millisecond(late_ms):
    therapy = running(**NO_BASAL)
    therapy.start_bolus(at(1_000))
    therapy.advance(at(301_000 + late_ms))
    assert therapy.flow.ordered_nl == 10_000
    assert therapy.next_due_ms(at(301_000 + late_ms)) == 0  # of 40 strokes one is caught up
    assert therapy.flow.lost_nl == 39 * 250


def test_the_time_left_of_a_bolus_is_told():
    therapy = running()
    assert therapy.bolus_left_ms(at(0)) == 0
    therapy.start_bolus(at(0))
    assert therapy.bolus_left_ms(at(299_999)) == 1
    assert therapy.bolus_left_ms(at(300_001)) == 0
    assert therapy.next_due_ms(at(299_999)) <= 1


def test_a_bolus_ended_early_leaves_basal():
    therapy = running()
    therapy.start_bolus(at(0))
    therapy.advance(at(60_000))
    therapy.end_bolus(at(60_000))
    assert therapy.rate_nl_per_h() == BASAL
    therapy.advance(at(360_000))
    assert therapy.flow.ordered_nl == 2_000 + 1_000  # a minute of bolus, six of basal


@pytest.mark.parametrize(
    ("rate", "wanted"),
    [(codes.RATE_UNCHANGED, BASAL), (codes.RATE_SAFE, BASAL), (codes.RATE_STOP, 0)],
)
def test_an_alarm_ends_the_bolus_and_leaves_basal_or_nothing(rate, wanted):
    therapy = running()
    therapy.start_bolus(at(0))
    therapy.limit_rate(at(10_000), rate)
    assert therapy.in_bolus is (rate == codes.RATE_UNCHANGED)
    assert therapy.rate_nl_per_h() == wanted + (BOLUS if therapy.in_bolus else 0)


def test_after_an_alarm_flow_begins_anew():
    therapy = running()
    therapy.limit_rate(at(80_000), codes.RATE_STOP)
    assert run(therapy, 80_000, 500_000) == []
    therapy.limit_rate(at(500_000), codes.RATE_UNCHANGED)
    assert run(therapy, 500_000, 600_000) == [590_000]
    assert abs(therapy.flow.ordered_nl - therapy.flow.lost_nl - 277) <= 1


def test_an_alarm_while_stopped_holds_nothing_back_later():
    therapy = Therapy(programme(), at(0))
    therapy.limit_rate(at(0), codes.RATE_STOP)
    therapy.start(at(0))
    assert run(therapy, 0, 100_000) == [90_000]


@given(st.integers(0, 120), st.integers(0, 30_000_000).map(lambda ng: ng * 8 // 100))
def test_the_bolus_share_is_in_proportion_and_never_above_the_bolus(strokes, basal):
    what = programme(basal_ng_per_day=basal)
    share = Fraction(what.bolus_nl_per_h, what.basal_nl_per_h + what.bolus_nl_per_h)
    exact = min(strokes * 250 * share, what.bolus_nl)
    assert exact - 1 < bolus_share_nl(what, strokes) <= exact


def test_without_any_flow_the_share_is_nothing():
    assert bolus_share_nl(programme(**NO_BASAL, **NO_BOLUS), 7) == 0


def test_without_basal_a_bolus_still_arrives_when_no_alarm_stands():
    therapy = running(**NO_BASAL)
    therapy.limit_rate(at(0), codes.RATE_UNCHANGED)  # as at every start
    therapy.start_bolus(at(1_000))
    assert len(run(therapy, 1_000, 400_000)) == 40


def test_a_bolus_that_is_ended_late_orders_nothing_beyond_its_end():
    """As bolus.finish does, which the loop calls before it lets therapy advance."""
    therapy = running(**NO_BASAL)
    therapy.start_bolus(at(0))
    therapy.end_bolus(at(304_000))
    assert therapy.flow.ordered_nl == 10_000


def test_what_a_stop_throws_away_is_counted_as_lost():
    therapy = running()
    therapy.advance(at(89_999 + 90_000))
    therapy.stop(at(179_999))
    assert abs(therapy.flow.ordered_nl - therapy.flow.lost_nl) <= 2
