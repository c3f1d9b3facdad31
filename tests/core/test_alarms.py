"""What alarms lead to: the strictest rate, never above the lowest step; latched ones stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pump.core.alarms import Alarms
from pump.core.safe_rate import safe_rate_nl_per_h
from thecal_wire import codes

CODES = sorted(codes.ALARMS)
LATCHED = [code for code in CODES if codes.ALARMS[code][3]]
OTHERS = [code for code in CODES if code not in LATCHED]
rates = st.integers(0, 1_000_000)


@given(rates, rates, st.sampled_from([codes.RATE_UNCHANGED, codes.RATE_SAFE, codes.RATE_STOP]))
def test_the_safe_rate_is_never_above_the_lowest_step_nor_above_what_is_wanted(wanted, low, rate):
    safe = safe_rate_nl_per_h(wanted, low, rate)
    assert 0 <= safe <= wanted
    if rate != codes.RATE_UNCHANGED:
        assert safe <= low
    if rate == codes.RATE_STOP:
        assert safe == 0


def test_with_no_basal_the_safe_rate_is_none():
    assert safe_rate_nl_per_h(120_000, 0, codes.RATE_SAFE) == 0


def test_stall_free_flow_and_an_empty_reservoir_stop_and_stay():
    for code in (codes.STALL, codes.FREE_FLOW, codes.RESERVOIR_EMPTY, codes.STORE_DEFECT):
        assert codes.ALARMS[code][2:4] == (codes.RATE_STOP, True)


def test_an_alarm_is_new_once():
    alarms = Alarms()
    assert alarms.raise_(codes.OCCLUSION, 100)
    assert not alarms.raise_(codes.OCCLUSION, 160)
    assert alarms.lasted_s(codes.OCCLUSION, 190) == 90


@pytest.mark.parametrize("code", LATCHED)
def test_a_latched_alarm_ends_only_when_a_clinician_acts(code):
    alarms = Alarms()
    alarms.raise_(code, 0)
    assert not alarms.clear(code)
    assert alarms.is_active(code) and alarms.rate() == codes.ALARMS[code][2]
    assert alarms.acknowledge() == [code]
    assert not alarms.is_active(code) and alarms.latched == 0
    assert alarms.rate() == codes.RATE_UNCHANGED


@pytest.mark.parametrize("code", OTHERS)
def test_any_other_alarm_ends_with_its_cause_and_not_by_a_word(code):
    alarms = Alarms()
    alarms.raise_(code, 0)
    assert alarms.acknowledge() == [] and alarms.is_active(code)
    assert alarms.clear(code)
    assert not alarms.is_active(code) and not alarms.clear(code)


def test_an_alarm_that_need_not_latch_can_be_latched_later():
    alarms = Alarms()
    alarms.raise_(codes.OCCLUSION, 0)
    alarms.raise_(codes.OCCLUSION, 9, latch=True)
    assert not alarms.clear(codes.OCCLUSION)
    assert alarms.acknowledge() == [codes.OCCLUSION]


@given(st.sets(st.sampled_from(CODES)))
def test_the_strictest_rate_and_the_highest_priority_win(raised):
    alarms = Alarms()
    for code in raised:
        alarms.raise_(code, 0)
    entries = [codes.ALARMS[code] for code in raised]
    assert alarms.rate() == max((entry[2] for entry in entries), default=codes.RATE_UNCHANGED)
    assert alarms.priority() == max((entry[1] for entry in entries), default=0)
    assert {code for code in CODES if alarms.is_active(code)} == raised


def test_one_alarm_that_ends_leaves_the_others():
    alarms = Alarms()
    for code in (codes.OCCLUSION, codes.DOSE_LIMIT_HIT, codes.STALL):
        alarms.raise_(code, 0)
    alarms.clear(codes.OCCLUSION)
    alarms.acknowledge()
    assert alarms.active == 1 << codes.DOSE_LIMIT_HIT
    assert alarms.rate() == codes.RATE_SAFE
