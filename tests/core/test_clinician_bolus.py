"""The guard and a clinician bolus: why it is refused, what cuts it, what it counts for."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pump.core import guard as rules
from pump.core.therapy import Therapy
from tests.core.parts import (
    NO_BASAL,
    NO_BOLUS,
    PULSE,
    ROOM,
    Guarded,
    limits,
    programme,
    ready,
    set_limit,
)
from thecal_wire import codes

NL, S = 30_000, 14_400  # 120 strokes in four hours
WAIT_MS = 400_000


def test_it_is_granted_while_basal_runs_also_under_lockout_and_without_patient_boluses():
    pump = ready()
    pump.lockout.restart(pump.clock.s, 86_400)
    assert pump.clinician(NL, S) == codes.GRANTED
    assert ready(**NO_BOLUS).clinician(NL, S) == codes.GRANTED


@pytest.mark.parametrize("minimum_rate", [False, True])
def test_it_is_refused_while_stopped_or_at_the_minimum_rate(minimum_rate):
    pump = ready()
    pump.guard.run(minimum_rate, minimum_rate)
    assert pump.clinician(NL, S) == codes.NOT_RUNNING
    assert pump.verdict() == codes.NOT_RUNNING


@pytest.mark.parametrize("which", ["blocked", "alarmed"])
def test_it_is_refused_under_an_alarm_that_changes_the_rate(which):
    pump = ready()
    setattr(pump.guard, which, True)
    assert pump.clinician(NL, S) == codes.ALARM


def test_it_is_refused_while_any_bolus_runs_or_waits():
    pump = ready()
    pump.press()
    assert pump.clinician(NL, S) == codes.BOLUS_ACTIVE
    pump = ready()
    pump.clinician(NL, S)
    assert pump.clinician(NL, S) == codes.BOLUS_ACTIVE
    pump.press()
    assert pump.clinician(NL, S) == codes.BOLUS_ACTIVE


@pytest.mark.parametrize("stroke_pl", [200_000, 250_000, 263_157])
def test_it_is_at_least_twenty_strokes(stroke_pl):
    least_nl = -(-20 * stroke_pl // 1000)
    pump = Guarded(limits(stroke_pl, limit_strokes=3_000))
    assert pump.clinician(least_nl - 1, S) == codes.TOO_SMALL
    assert pump.clinician(least_nl, S) == codes.GRANTED


def test_it_is_refused_when_the_reservoir_does_not_hold_it():
    pump = ready()
    assert pump.clinician(NL, S, 1_000_000 + NL - 1) == codes.RESERVOIR
    assert pump.clinician(NL, S, 1_000_000 + NL) == codes.GRANTED


@pytest.mark.parametrize(("window_s", "quarters"), [(3_600, 5), (14_400, 17), (86_400, 97)])
def test_it_obeys_the_dose_limit_of_every_window(window_s, quarters):
    room = 120 + 1 + quarters * 10
    assert ready(limit_strokes=room, window_s=window_s).clinician(NL, S) == codes.GRANTED
    assert ready(limit_strokes=room - 1, window_s=window_s).clinician(NL, S) == codes.DOSE_LIMIT


@pytest.mark.parametrize("nl", [NL - 249, NL])
def test_a_part_of_a_stroke_weighs_as_a_whole_one(nl):
    room = 120 + 1 + 97 * 10
    assert ready(limit_strokes=room).clinician(nl, S) == codes.GRANTED
    assert ready(limit_strokes=room - 1).clinician(nl, S) == codes.DOSE_LIMIT


def test_the_first_reason_is_the_one_that_is_told():
    pump = ready(limit_strokes=1)
    told = [pump.clinician(NL, S), pump.clinician(NL, S, 0), pump.clinician(1, S, 0)]
    set_limit(pump.limits, 3_000)
    pump.press()
    told.append(pump.clinician(1, S, 0))
    pump.guard.alarmed = True
    told.append(pump.clinician(1, S, 0))
    pump.guard.run(False)
    told.append(pump.clinician(1, S, 0))
    names = "dose_limit reservoir too_small bolus_active alarm not_running"
    assert [codes.ERRORS[code] for code in told] == names.split()


def test_it_counts_as_no_patient_bolus_and_starts_no_lockout():
    pump = ready(bolus_count_per_24h=2)
    pump.press()
    pump.to(pump.bolus_end_ms + 14_400_000)
    pump.clinician(NL, 60)
    assert pump.ledger.grant_count == 1
    pump.to(pump.bolus_end_ms - 1)
    assert pump.guard.phase == rules.CLINICIAN
    pump.wait(1)
    assert pump.guard.phase == rules.BASAL and pump.lockout.left_s(pump.clock.s) == 0
    assert pump.press() == codes.GRANTED


def test_its_gate_is_a_quarter_above_all_that_may_flow():
    pump = ready(limit_strokes=4_000, **PULSE)
    pump.clinician(NL, 3_600)
    exact_ms = 250 * 3_600_000 * 4 / 5 / (10_000 + 120_000 + 30_000)
    assert exact_ms <= pump.guard.gate_ms() < exact_ms + 2
    pump.press()
    assert pump.guard.gate_ms() == pump.limits.profiles[0].gate_ms
    pump.to(pump.bolus_end_ms)
    assert exact_ms <= pump.guard.gate_ms() < exact_ms + 2
    pump.to(pump.bolus_end_ms)
    assert pump.guard.gate_ms() == pump.limits.gate_ms


def test_its_gate_goes_by_its_own_rate_to_the_millisecond():
    """999,900 nL/h: a stroke in 900.09 ms, rounded up, and four fifths of that, rounded up."""
    pump = Guarded(limits(limit_strokes=10_000, **NO_BASAL))
    assert pump.clinician(999_900, 3_600) == codes.GRANTED
    assert pump.guard.gate_ms() == 721


# --- cut by patient boluses -------------------------------------------------------


@settings(max_examples=150)
@given(st.integers(0, 13_000_000), st.integers(0, 2_000))
def test_a_patient_bolus_puts_off_its_end_by_its_own_duration(cut_ms, phase_ms):
    pump = ready().wait(phase_ms)
    begun_ms = pump.now_ms
    pump.clinician(NL, S)
    pump.wait(cut_ms)
    assert pump.press() == codes.GRANTED and pump.in_bolus()
    pump.to(pump.bolus_end_ms - 1)
    assert pump.in_bolus()
    pump.wait(1)
    assert pump.guard.phase == rules.CLINICIAN
    assert pump.lockout.left_s(pump.clock.s) >= 14_400  # the patient's counts from its own end
    end_ms = begun_ms + S * 1000 + 300_000
    assert pump.bolus_end_ms == end_ms
    pump.to(end_ms - 1)
    assert pump.guard.phase == rules.CLINICIAN
    pump.to(end_ms)
    assert pump.guard.phase == rules.BASAL


def test_it_does_not_resume_once_it_was_dropped_or_therapy_stopped():
    pump = ready()
    pump.clinician(NL, S)
    pump.press()
    pump.guard.drop_clinician()
    pump.to(pump.bolus_end_ms)
    assert pump.guard.phase == rules.BASAL
    pump = ready()
    pump.clinician(NL, S)
    pump.press()
    pump.guard.run(False)
    pump.guard.run(True)
    pump.wait(10**6)
    assert pump.guard.phase == rules.BASAL and not pump.guard.clinician_waits


def test_its_strokes_and_the_patients_count_as_bolus_strokes():
    pump = ready()
    pump.clinician(NL, S)
    pump.stroke()
    pump.wait(WAIT_MS)
    pump.press()
    pump.stroke()
    pump.wait(WAIT_MS)
    pump.stroke()
    assert (sum(pump.ledger.basal), sum(pump.ledger.bolus)) == (0, 3)


@pytest.mark.parametrize(("after_s", "rest"), [(0, 120), (7_200, 60), (14_280, 1)])
def test_what_is_left_of_it_weighs_on_a_further_bolus_and_no_more(after_s, rest):
    """At 40 strokes a patient bolus and no basal: the limit at which it just passes."""
    pump = Guarded(limits(limit_strokes=10**6, **NO_BASAL))
    pump.clinician(NL, S)
    pump.wait(after_s * 1000)
    fits = 0
    set_limit(pump.limits, fits)
    while pump.verdict() != codes.GRANTED:
        fits += 1
        set_limit(pump.limits, fits)
    assert 41 + rest <= fits <= 41 + rest + 2


def spent_by(asks, its):
    """Strokes that a hostile therapy gets in a clinician bolus, asking at every ms it may."""
    pump = Guarded(its)
    assert pump.clinician(*asks) == codes.GRANTED
    while pump.guard.phase == rules.CLINICIAN:
        if not pump.stroke() and pump.guard.refusal == rules.BOLUS_SPENT:
            break
        pump.wait(pump.guard.gate_left_ms(pump.clock) or 1)
    return len(pump.strokes)


@pytest.mark.parametrize("basal", [0, 2_400_000, 100_000_000])
def test_a_hostile_therapy_gets_its_strokes_basals_meanwhile_and_one_more(basal):
    its = limits(limit_strokes=10**6, **NO_BOLUS, basal_ng_per_day=basal)
    meanwhile = -(-basal * 3_600 // 86_400 // 2_500)
    assert spent_by((NL, 3_600), its) == 120 + 1 + meanwhile


@pytest.mark.parametrize("cuts", [1, 2, 5])
def test_it_gets_one_stroke_more_for_each_cut_and_no_second_one(cuts):
    its = limits(limit_strokes=10**6, **NO_BASAL, bolus_lockout_s=60, bolus_count_per_24h=24)
    pump = Guarded(its)
    assert pump.clinician(NL, 14_400) == codes.GRANTED
    for _ in range(cuts):
        pump.wait(400_000)
        assert pump.press() == codes.GRANTED
        pump.to(pump.bolus_end_ms)
    while pump.guard.phase == rules.CLINICIAN:
        pump.stroke()
        pump.wait(pump.guard.gate_left_ms(pump.clock) or 100_000)
    assert len(pump.strokes) == 120 + 1 + cuts


def test_once_it_is_over_it_waits_for_no_patient_bolus_any_more():
    pump = ready(bolus_lockout_s=60, bolus_count_per_24h=24)
    pump.clinician(NL, 3_600)
    pump.press()
    pump.to(pump.bolus_end_ms)
    assert pump.guard.phase == rules.CLINICIAN
    pump.to(pump.bolus_end_ms)
    assert pump.guard.phase == rules.BASAL and pump.guard.rest_of_clinician(pump.clock.tick) == 0
    assert pump.wait(60_000).press() == codes.GRANTED
    pump.to(pump.bolus_end_ms)
    assert pump.guard.phase == rules.BASAL


@settings(max_examples=80)
@given(st.lists(st.integers(60_000, 500_000), max_size=12), st.booleans(),
       st.sampled_from([0, 900, 3_600]), st.integers(0, 900_000), st.integers(10_000, 10_240))
@example([360_000] + [376_600] * 11, False, 0, 0, 10_112)  # each cut rounds up for it
@example([100_000, 1_010_000, 900_000, 900_000], True, 900, 0, 10_000)  # a fifth one beside it
def test_therapy_gets_every_stroke_of_it_however_often_it_is_cut(
    gaps_ms, basal, interval_s, phase_ms, patient_nl
):
    """Guard and therapy together: nothing is spent too early, nothing is given twice."""
    pulse = {**PULSE, "periodic_interval_s": interval_s} if interval_s else {}
    fields = {**ROOM, **({} if basal else NO_BASAL), **pulse,
              "bolus_lockout_s": 60, "bolus_count_per_24h": 24, "bolus_ng": patient_nl * 10}
    pump = Guarded(limits(**fields, limit_strokes=10**6)).wait(phase_ms)
    therapy = Therapy(programme(**fields), pump.clock.tick)
    therapy.start(pump.clock, 0)
    run(pump, therapy, pump.now_ms + 100_000)
    assert pump.clinician(NL, 3_600) == codes.GRANTED
    therapy.start_clinician(pump.clock.tick, NL, 3_600)
    for gap_ms in gaps_ms:
        run(pump, therapy, pump.now_ms + gap_ms)
        if pump.press() == codes.GRANTED:
            therapy.start_bolus(pump.clock.tick, patient_nl, 300)
    run(pump, therapy, pump.now_ms + 9 * 3_600_000)
    assert pump.guard.phase == rules.BASAL
    ordered_nl = therapy.flow.ordered_nl
    given_nl = len(pump.strokes) * 250
    assert therapy.flow.lost_nl == 0 and ordered_nl - 250 - 1 <= given_nl <= ordered_nl + 1
    if not basal and not pulse:
        assert ordered_nl == NL + patient_nl * pump.ledger.grant_count


def run(pump, therapy, until_ms):
    """Let guard and therapy go on; every stroke that therapy wants must be permitted."""
    while True:
        due_ms = therapy.next_due_ms(pump.clock)
        if therapy.flow.pending:
            due_ms = pump.guard.gate_left_ms(pump.clock)
        if due_ms is None or pump.now_ms + due_ms > until_ms:
            pump.to(until_ms)
            therapy.advance(pump.clock)
            return
        pump.wait(due_ms)
        therapy.advance(pump.clock)
        if therapy.step_due(pump.clock.s):
            therapy.follow(pump.clock, 0)
        if therapy.flow.pending and not pump.guard.gate_left_ms(pump.clock):
            if pump.guard.phase == rules.BASAL and pump.guard.gate_ms() == 0:
                therapy.flow.stroke_made(256, 256)  # due at the very end, without basal: lost
                pump.strokes.append(pump.now_ms)
                continue
            assert pump.stroke(), pump.guard.refusal
            therapy.stroke_made(256, 256)
