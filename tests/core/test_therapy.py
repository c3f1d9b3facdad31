"""What therapy wants: basal, boluses on top for their own time, nothing while held or stopped."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.core.clock import PERIOD, Clock
from pump.core.therapy import Therapy, bolus_share_nl
from tests.core.parts import NO_BASAL, NO_BOLUS, PULSE, programme
from thecal_wire import codes
from thecal_wire.prescription import EVERY_DAY

T0 = PERIOD - 60_000
S0 = 900_000
BASAL, BOLUS = 10_000, 120_000  # nL/h of the good prescription
BOLUS_NL, BOLUS_S = 10_000, 300
MIDNIGHT = 0  # local second of the week


def at(ms):
    return (T0 + ms) % PERIOD


def clock_at(ms):
    return Clock(at(ms), S0 + ms // 1000, ms % 1000)


def started(**changes):
    therapy = Therapy(programme(**changes), at(0))
    therapy.start(clock_at(0), MIDNIGHT)
    return therapy


def press(therapy, ms):
    therapy.start_bolus(at(ms), BOLUS_NL, BOLUS_S)


def run(therapy, from_ms, until_ms):
    """Make every stroke as it becomes due; returns the ms at which they were due."""
    made, now_ms = [], from_ms
    while True:
        clock = clock_at(now_ms)
        if therapy.step_due(clock.s):
            therapy.follow(clock, (MIDNIGHT + now_ms // 1000) % 604_800)
        wait_ms = therapy.next_due_ms(clock)
        if wait_ms is None or now_ms + wait_ms > until_ms:
            therapy.advance(clock_at(until_ms))
            return made
        now_ms += wait_ms
        therapy.advance(clock_at(now_ms))
        if therapy.flow.pending:
            made.append(now_ms)
            therapy.stroke_made(256, 256)


def test_basal_gives_a_stroke_every_interval():
    assert run(started(), 0, 900_000) == [90_000 * n for n in range(1, 11)]


def test_a_stopped_therapy_wants_nothing():
    therapy = Therapy(programme(), at(0))
    assert therapy.next_due_ms(clock_at(0)) is None and therapy.rate_nl_per_h() == 0
    therapy.start(clock_at(0), MIDNIGHT)
    therapy.stop(at(100_000))
    assert therapy.next_due_ms(clock_at(100_000)) is None and therapy.rate_nl_per_h() == 0
    assert run(therapy, 100_000, 10_000_000) == []


def test_a_start_after_a_stop_waits_a_full_interval():
    therapy = started()
    therapy.advance(clock_at(89_999))
    therapy.stop(at(89_999))
    therapy.start(clock_at(200_000), MIDNIGHT)
    assert therapy.next_due_ms(clock_at(200_000)) == 90_000


@settings(max_examples=200)
@given(st.integers(0, 200_000))
def test_a_bolus_adds_its_volume_to_basal_and_changes_nothing_beneath(start_ms):
    therapy = started()
    made = run(therapy, 0, start_ms)
    press(therapy, start_ms)
    assert therapy.rate_nl_per_h() == BASAL + BOLUS
    end_ms = start_ms + 300_000
    during = run(therapy, start_ms, end_ms)
    assert therapy.rate_nl_per_h() == BASAL and not therapy.patient.running
    assert therapy.patient.strokes in (len(during), len(during) - 1)  # one due at its very end
    after = run(therapy, end_ms, end_ms + 1_800_000)
    ordered = BASAL * (end_ms + 1_800_000) + BOLUS * 300_000
    assert len(made + during + after) == ordered // (250 * 3_600_000)


@settings(max_examples=100)
@given(st.integers(0, 400_000))
def test_a_bolus_that_is_looked_at_late_has_ended_on_its_own_millisecond(late_ms):
    therapy = started(**NO_BASAL)
    press(therapy, 1_000)
    therapy.advance(clock_at(301_000 + late_ms))
    assert therapy.flow.ordered_nl == 10_000
    assert therapy.flow.next_due_ms(at(301_000 + late_ms)) == 0  # of 40 strokes one is caught up
    assert therapy.flow.lost_nl == 39 * 250


def test_the_time_left_of_a_bolus_is_told():
    therapy = started()
    assert therapy.patient.left_ms(at(0)) == 0
    press(therapy, 0)
    assert therapy.patient.left_ms(at(299_999)) == 1
    assert therapy.patient.left_ms(at(300_001)) == 0
    assert therapy.next_due_ms(clock_at(299_999)) <= 1


def test_a_bolus_ended_early_leaves_basal():
    therapy = started()
    press(therapy, 0)
    therapy.advance(clock_at(60_000))
    therapy.end_bolus(at(60_000))
    assert therapy.rate_nl_per_h() == BASAL
    therapy.advance(clock_at(360_000))
    assert therapy.flow.ordered_nl == 2_000 + 1_000  # a minute of bolus, six of basal


@pytest.mark.parametrize(
    ("rate", "wanted"),
    [(codes.RATE_UNCHANGED, BASAL), (codes.RATE_SAFE, BASAL), (codes.RATE_STOP, 0)],
)
def test_an_alarm_ends_the_boluses_and_leaves_basal_or_nothing(rate, wanted):
    therapy = started()
    therapy.start_clinician(at(0), BOLUS_NL, BOLUS_S)
    press(therapy, 0)
    therapy.limit_rate(clock_at(10_000), rate)
    goes_on = rate == codes.RATE_UNCHANGED
    assert therapy.patient.running is therapy.clinician.paused is goes_on
    assert not therapy.clinician.running
    assert therapy.rate_nl_per_h() == wanted + (BOLUS if goes_on else 0)


def test_an_alarm_that_lowers_the_rate_leads_to_the_lowest_step():
    steps = [(EVERY_DAY, 0, 2_400_000), (EVERY_DAY, 8, 1_200_000)]
    therapy = started(steps=steps, **PULSE)
    therapy.limit_rate(clock_at(0), codes.RATE_SAFE)
    assert therapy.rate_nl_per_h() == BASAL // 2
    therapy.limit_rate(clock_at(0), codes.RATE_UNCHANGED)
    assert therapy.rate_nl_per_h() == BASAL


def test_after_an_alarm_flow_begins_anew():
    therapy = started()
    therapy.limit_rate(clock_at(80_000), codes.RATE_STOP)
    assert run(therapy, 80_000, 500_000) == []
    therapy.limit_rate(clock_at(500_000), codes.RATE_UNCHANGED)
    assert run(therapy, 500_000, 600_000) == [590_000]
    assert abs(therapy.flow.ordered_nl - therapy.flow.lost_nl - 277) <= 1


def test_an_alarm_while_stopped_holds_nothing_back_later():
    therapy = Therapy(programme(), at(0))
    therapy.limit_rate(clock_at(0), codes.RATE_STOP)
    therapy.start(clock_at(0), MIDNIGHT)
    assert run(therapy, 0, 100_000) == [90_000]


@given(st.integers(0, 120), st.integers(0, 1_000_000))
def test_the_bolus_share_is_in_proportion_and_never_above_the_bolus(strokes, basal):
    share = Fraction(BOLUS, basal + BOLUS)
    exact = min(strokes * 250 * share, BOLUS_NL)
    assert exact - 1 < bolus_share_nl(BOLUS_NL, BOLUS, basal, strokes, 250_000) <= exact


def test_without_any_flow_the_share_is_nothing():
    assert bolus_share_nl(0, 0, 0, 7, 250_000) == 0


def test_without_basal_a_bolus_still_arrives_when_no_alarm_stands():
    therapy = started(**NO_BASAL)
    therapy.limit_rate(clock_at(0), codes.RATE_UNCHANGED)  # as at every start
    press(therapy, 1_000)
    assert len(run(therapy, 1_000, 400_000)) == 40


def test_a_bolus_that_is_ended_late_orders_nothing_beyond_its_end():
    """As bolus.finish does, which the loop calls before it lets therapy advance."""
    therapy = started(**NO_BASAL)
    press(therapy, 0)
    therapy.end_bolus(at(304_000))
    assert therapy.flow.ordered_nl == 10_000


def test_what_a_stop_throws_away_is_counted_as_lost():
    therapy = started()
    therapy.advance(clock_at(89_999 + 90_000))
    therapy.stop(at(179_999))
    assert abs(therapy.flow.ordered_nl - therapy.flow.lost_nl) <= 2


# --- a clinician bolus, cut by patient boluses ------------------------------------

CLINICIAN_NL, CLINICIAN_S = 30_000, 3_600


@settings(max_examples=150)
@given(st.lists(st.integers(0, 2_000_000), max_size=5), st.integers(0, 3_000))
def test_a_clinician_bolus_gives_its_volume_whatever_patient_boluses_cut_it(gaps_ms, late_ms):
    therapy, now_ms = started(**NO_BASAL), 500
    therapy.start_clinician(at(now_ms), CLINICIAN_NL, CLINICIAN_S)
    for gap_ms in gaps_ms:
        now_ms += gap_ms
        therapy.advance(clock_at(now_ms))
        was = therapy.clinician.left_ms(at(now_ms))
        press(therapy, now_ms)
        assert not therapy.clinician.running and therapy.clinician.paused is (was > 0)
        now_ms += 300_000 + late_ms
        therapy.advance(clock_at(now_ms))
        assert therapy.clinician.left_ms(at(now_ms)) == max(0, was - late_ms)  # in its own time
    therapy.advance(clock_at(now_ms + 3_600_000))
    assert therapy.flow.ordered_nl == CLINICIAN_NL + BOLUS_NL * len(gaps_ms)
    assert therapy.next_due_ms(clock_at(now_ms + 3_600_000)) is not None
    assert therapy.rate_nl_per_h() == 0


def test_a_clinician_bolus_can_end_while_it_is_paused_and_does_not_resume():
    therapy = started()
    therapy.start_clinician(at(0), CLINICIAN_NL, CLINICIAN_S)
    press(therapy, 0)
    therapy.end_clinician(at(100_000))
    therapy.advance(clock_at(400_000))
    assert therapy.rate_nl_per_h() == BASAL


# --- the periodic bolus -----------------------------------------------------------


def begins(therapy, until_ms, step_ms=1):
    """The ms at which a periodic bolus begins, found by looking when therapy wants to be looked
    at."""
    found, now_ms, was = [], 0, False
    while now_ms < until_ms:
        therapy.advance(clock_at(now_ms))
        if therapy.pulse.running and not was:
            found.append(now_ms)
        was = therapy.pulse.running
        therapy.stroke_made(256, 256)
        now_ms += max(step_ms, therapy.next_due_ms(clock_at(now_ms)))
    return found


@pytest.mark.parametrize("phase_ms", [0, 1, 999])
def test_the_first_periodic_bolus_begins_a_whole_interval_after_the_start(phase_ms):
    therapy = Therapy(programme(**NO_BASAL, **PULSE), at(0))
    therapy.start(clock_at(phase_ms), MIDNIGHT)
    assert begins(therapy, 15_000_000) == [3_600_000 * n + phase_ms for n in range(1, 5)]


@settings(max_examples=50)
@given(st.integers(1, 4_000))
def test_a_periodic_bolus_begins_an_interval_after_the_last_one_began_never_sooner(step_ms):
    found = begins(started(**NO_BASAL, **PULSE), 20_000_000, step_ms)
    for one, other in zip([0, *found], found, strict=False):
        assert 3_600_000 <= other - one <= 3_600_000 + step_ms
    assert len(found) >= 5


def test_a_periodic_bolus_gives_its_volume_on_top_of_basal():
    therapy = started(**PULSE)
    run(therapy, 0, 3_600_000)
    assert therapy.rate_nl_per_h() == BASAL + BOLUS
    run(therapy, 3_600_000, 7_199_999)
    assert abs(therapy.flow.ordered_nl - 30_000) <= 1
    assert therapy.rate_nl_per_h() == BASAL


def test_ends_that_are_seen_late_are_taken_in_their_order():
    """The periodic bolus ends 1 s after the patient's: neither gives beyond its own end."""
    therapy = started(**NO_BASAL, **PULSE)
    therapy.advance(clock_at(3_599_000))
    press(therapy, 3_599_000)
    therapy.advance(clock_at(3_600_000))
    assert therapy.pulse.running
    therapy.advance(clock_at(3_600_000 + 305_000))
    assert therapy.flow.ordered_nl == 2 * BOLUS_NL
    for end in ("end_bolus", "end_clinician"):
        again = started(**NO_BASAL, **PULSE)
        again.advance(clock_at(3_600_000))
        again.start_clinician(at(3_601_000), BOLUS_NL, BOLUS_S)
        if end == "end_bolus":
            press(again, 3_601_000)
        getattr(again, end)(at(3_600_000 + 3_000_000))
        again.advance(clock_at(3_600_000 + 3_000_000))
        assert again.flow.ordered_nl == (3 if end == "end_bolus" else 2) * BOLUS_NL


@pytest.mark.parametrize("rate", [codes.RATE_SAFE, codes.RATE_STOP])
def test_an_alarm_ends_the_periodic_bolus_and_none_begins_under_it(rate):
    therapy = started(**NO_BASAL, **PULSE)
    therapy.advance(clock_at(3_600_000))
    therapy.limit_rate(clock_at(3_660_000), rate)
    assert not therapy.pulse.running
    assert begins(therapy, 8_000_000) == []
    therapy.limit_rate(clock_at(8_000_000), codes.RATE_UNCHANGED)
    assert not therapy.pulse.running
    assert run(therapy, 8_000_000, 8_000_000 + 3_599_999) == []
    therapy.advance(clock_at(8_000_000 + 3_600_000))
    assert therapy.pulse.running


def test_an_alarm_that_changes_no_rate_puts_off_no_periodic_bolus():
    therapy = started(**NO_BASAL, **PULSE)
    therapy.limit_rate(clock_at(3_601_500), codes.RATE_UNCHANGED)  # before therapy looked
    therapy.advance(clock_at(3_601_500))
    assert therapy.pulse.running


# --- the minimum rate, and priming ------------------------------------------------


def test_the_minimum_rate_runs_instead_of_the_programme():
    therapy = Therapy(programme(**PULSE), at(0))
    therapy.start(clock_at(0), MIDNIGHT, True)
    assert therapy.rate_nl_per_h() == 2_000
    assert run(therapy, 0, 7_200_000) == [450_000 * n for n in range(1, 17)]
    therapy.stop(at(7_200_000))
    therapy.start(clock_at(7_200_000), MIDNIGHT)
    assert therapy.rate_nl_per_h() == BASAL


def test_priming_gives_its_volume_and_nothing_else():
    therapy = Therapy(programme(**PULSE), at(0))
    therapy.start_prime(at(0), 25_000, 180)
    assert therapy.rate_nl_per_h() == 500_000
    assert therapy.next_due_ms(clock_at(0)) == 1_800
    made = run(therapy, 0, 20_000_000)
    assert made == [1_800 * n for n in range(1, 101)]
    assert therapy.rate_nl_per_h() == 0
    therapy.stop(at(20_000_000))
    assert not therapy.priming and therapy.next_due_ms(clock_at(20_000_000)) is None


def test_priming_that_is_stopped_gives_no_more():
    therapy = Therapy(programme(), at(0))
    therapy.start_prime(at(0), 25_000, 180)
    made = run(therapy, 0, 60_000)
    therapy.stop(at(60_000))
    assert len(made) == 33 and run(therapy, 60_000, 400_000) == []
    therapy.start(clock_at(400_000), MIDNIGHT)
    assert therapy.rate_nl_per_h() == BASAL


# --- steps ------------------------------------------------------------------------


def test_each_step_gives_its_rate_from_its_start_on():
    steps = [(EVERY_DAY, 0, 2_400_000), (EVERY_DAY, 4, 4_800_000), (EVERY_DAY, 8, 0)]
    therapy = started(steps=steps, minimum_ng_per_day=0)
    assert len(run(therapy, 0, 3_599_999)) == 39
    assert therapy.rate_nl_per_h() == BASAL and not therapy.step_due(S0 + 3_599)
    assert therapy.step_due(S0 + 3_600) and therapy.follow(clock_at(3_600_000), 3_600)
    assert run(therapy, 3_600_000, 3_600_000) == [3_600_000]
    assert therapy.rate_nl_per_h() == 2 * BASAL
    assert len(run(therapy, 3_600_000, 7_200_000)) == 80
    assert run(therapy, 7_200_000, 36_000_000) == []


def test_it_wants_to_be_asked_at_the_start_of_a_step_though_nothing_flows():
    therapy = started(steps=[(EVERY_DAY, 0, 0), (EVERY_DAY, 4, 2_400_000)], minimum_ng_per_day=0)
    assert therapy.next_due_ms(clock_at(500)) == 3_599_500
    assert therapy.next_due_ms(clock_at(3_600_000)) == 0


def test_a_bolus_stands_on_whatever_step_applies():
    steps = [(EVERY_DAY, 0, 2_400_000), (EVERY_DAY, 4, 4_800_000)]
    therapy = started(steps=steps)
    run(therapy, 0, 3_500_000)
    press(therapy, 3_500_000)
    assert therapy.rate_nl_per_h() == BASAL + BOLUS
    run(therapy, 3_500_000, 3_601_000)
    assert therapy.rate_nl_per_h() == 2 * BASAL + BOLUS


def test_a_clock_that_is_set_lowers_the_rate_at_once():
    steps = [(EVERY_DAY, 0, 2_400_000), (EVERY_DAY, 4, 4_800_000), (EVERY_DAY, 8, 1_200_000)]
    therapy = started(steps=steps)
    therapy.clock_was_set(clock_at(10_000), 3_700)  # into the higher step
    assert therapy.rate_nl_per_h() == BASAL
    therapy.clock_was_set(clock_at(20_000), 7_300)  # into the lower one
    assert therapy.rate_nl_per_h() == BASAL // 2


def test_no_bolus_is_wanted_without_one():
    assert run(started(**NO_BOLUS, **NO_BASAL), 0, 10_000_000) == []
