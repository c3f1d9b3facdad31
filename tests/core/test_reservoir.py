"""How much is left: two accounts, and when they are too far apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pump.core import reservoir
from tests.core.parts import NO_BASAL, NO_BOLUS, PULSE, programme
from thecal_wire.messages import NOT_MEASURED

ML = 1_000_000


@given(st.integers(0, 20 * ML), st.integers(0, 100_000), st.integers(200_000, 290_000))
def test_what_was_commanded_is_the_strokes_made_and_never_less_than_nothing(
    refilled_nl, strokes, stroke_pl
):
    left_nl = reservoir.commanded_nl(refilled_nl, strokes, stroke_pl)
    exact = max(0, refilled_nl - strokes * stroke_pl / 1000)
    assert exact - 1 <= left_nl <= exact + strokes / 100 + 1  # whole tens of pL a stroke


@pytest.mark.parametrize(("one", "other", "refilled", "apart"), [
    (10 * ML, 9 * ML, 20 * ML, False),  # 11 mL used: 1.65 mL are allowed
    (10 * ML, 8_350_000, 20 * ML, False),
    (10 * ML, 8_000_000, 20 * ML, True),  # 12 mL used: 1.8 mL
    (19 * ML, 18 * ML, 20 * ML, False), (19 * ML, 18 * ML - 1, 20 * ML, True),  # 1 mL at least
    (0, 2_999_999, 20 * ML, False), (0, 3 * ML + 1, 20 * ML, True)])
def test_the_two_accounts_may_differ_by_a_millilitre_or_fifteen_percent(
    one, other, refilled, apart
):
    assert reservoir.differ(one, other, refilled) is apart
    assert reservoir.differ(other, one, refilled) is apart


def test_a_refill_without_a_measurement_says_nothing():
    assert not reservoir.refill_mismatch(0, NOT_MEASURED, 20 * ML)


@pytest.mark.parametrize(("expected", "withdrawn", "mismatch"), [
    (2 * ML, 2 * ML, False), (2 * ML, 4_699_999, False), (2 * ML, 5 * ML, True),
    (5 * ML, 2 * ML, True), (0, 0, False), (0, 19 * ML, True)])
def test_what_comes_out_is_what_was_expected(expected, withdrawn, mismatch):
    assert reservoir.refill_mismatch(expected, withdrawn, 20 * ML) is mismatch


def test_more_in_the_pump_than_it_was_filled_with_is_a_mismatch():
    assert reservoir.refill_mismatch(2 * ML, 6 * ML, 3 * ML)


def test_the_refill_is_reckoned_with_every_allotted_bolus():
    """240 uL of basal and four boluses of 10 uL a day."""
    assert reservoir.refill_in_h(10 * ML, 2 * ML, programme()) == 8 * ML * 24 // 280_000
    several = [(0, 100_000, 300, 60, 4), (32, 100_000, 300, 60, 9), (64, 60_000, 300, 60, 10)]
    assert reservoir.refill_in_h(10 * ML, 2 * ML, programme(profiles=several)) == (
        8 * ML * 24 // (240_000 + 90_000))
    pulses = programme(**PULSE, **NO_BOLUS)
    assert reservoir.refill_in_h(10 * ML, 2 * ML, pulses) == 8 * ML * 24 // 480_000


def test_at_the_threshold_it_is_now_and_where_nothing_flows_it_is_never():
    assert reservoir.refill_in_h(ML, 2 * ML, programme()) == 0
    assert reservoir.refill_in_h(10 * ML, ML, programme(**NO_BASAL, **NO_BOLUS)) == (
        reservoir.NEVER_H)
