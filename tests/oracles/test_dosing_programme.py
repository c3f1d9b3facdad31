"""Quantities, programmes and their acceptance."""
from fractions import Fraction

import pytest

from .dosing_cases import DAILY, make
from .dosing_oracle import (
    basal_rate,
    bolus_rate,
    most_exact,
    most_in_span,
    profiles_that_apply,
    programme_acceptable,
)
from .dosing_programme import daily_rate_nl_per_h, dose_volume_nl, most_up


def test_volumes():
    assert dose_volume_nl(1999, 1000) == 1999
    assert dose_volume_nl(1, 1001) == 0
    assert daily_rate_nl_per_h(24_000, 1000) == 1000


def test_step_lasts_until_the_next_around_the_week():
    p = make(steps=(({0}, 32, 5000), ({2}, 88, 7000)))
    assert basal_rate(p, 8 * 3600) == 5000
    assert basal_rate(p, 8 * 3600 - 1) == 7000           # since Wednesday last week
    assert basal_rate(p, 2 * 86_400 + 22 * 3600 - 1) == 5000
    assert basal_rate(p, 2 * 86_400 + 22 * 3600) == 7000
    assert basal_rate(p, 6 * 86_400) == 7000


def test_most_in_span():
    p = make(steps=((DAILY, 0, 4000), (DAILY, 40, 12_000), (DAILY, 44, 8000)))
    assert most_in_span(p, 3600) == 48                    # the hour at 12 uL/h
    assert most_in_span(p, 7200) == 48 + 32
    for span in (1, 899, 900, 5400, 14_400, 15_300, 86_400, 87_300):
        assert most_exact(p, span * 1000) == most_in_span(p, span)
        assert most_up(p, span * 1000) >= most_exact(p, span * 1000)
    r = make(steps=(({0, 3}, 7, 4321), ({1}, 90, 99_999), ({6}, 95, 2000)))
    for span in (1, 901, 14_399, 86_401, 300_000):
        assert most_exact(r, span * 1000) == most_in_span(r, span)
    q = make(rate=0, periodic=(30, 600, 3600))
    assert most_in_span(q, 300) == 15
    assert most_in_span(q, 3600) == 30
    assert most_in_span(q, 4200) == 60


def test_profiles_that_apply():
    p = make(profiles=((32, 40, 600, 600, 4), (80, 30, 600, 600, 4)))
    assert profiles_that_apply(p, 8 * 3600) == {0}
    assert profiles_that_apply(p, 8 * 3600 - 1) == {1}    # across midnight
    assert profiles_that_apply(p, None) == {1}
    assert profiles_that_apply(make(profiles=()), 0) == set()


def test_acceptable_limit():
    # 4 h 15 min at 40/h are 170, one more, a bolus of 40: 211
    assert programme_acceptable(make(limits={14_400: 211}))[0] == "must accept"
    assert programme_acceptable(make(limits={14_400: 210}))[0] == "must refuse"
    # at 10,001 nL/h 170.017 strokes: 211 is less than the exact sum
    assert programme_acceptable(make(10_001, {14_400: 211}))[0] == "must refuse"
    assert programme_acceptable(make(10_001, {14_400: 212}))[0] == "must accept"
    # in 75 min basal 50.01 and periodic 10.75: 60.76 exactly, 62 rounded apart
    p = {"rate": 10_002, "periodic": (43, 18_000, 20_000), "profiles": ()}
    assert most_exact(make(**p), 4_500_000) == Fraction("60.76")
    assert most_up(make(**p), 4_500_000) == 62
    answers = [programme_acceptable(make(**p, limits={3600: x}))[0] for x in (61, 62, 63)]
    assert answers == ["must refuse", "either", "must accept"]


@pytest.mark.parametrize("change", [
    {"rate": 1999}, {"rate": 1_000_001}, {"steps": ((DAILY, 96, 5000),)},
    {"steps": ((DAILY, 0, 5000),) * 25}, {"periodic": (20, 900, 900)},
    {"periodic": (20, 60, 899)}, {"periodic": (20, 60, 86_401)},
    {"profiles": ((0, 19, 600, 600, 4),)}, {"profiles": ((0, 40, 59, 600, 4),)},
    {"profiles": ((0, 40, 21_601, 600, 4),)}, {"profiles": ((0, 40, 600, 59, 4),)},
    {"profiles": ((0, 40, 600, 86_401, 4),)}, {"profiles": ((0, 40, 600, 600, 25),)},
    {"profiles": ((0, 40, 600, 600, 0),)}, {"rate": 999_000}, {"limits": {60: 9999}}])
def test_ranges(change):
    p = make(**{"limits": {86_400: 10**6}, **change})
    assert programme_acceptable(p)[0] == "must refuse"


def test_total_rate_at_different_times_is_either():
    steps = ((DAILY, 0, 900_000), (DAILY, 48, 2000))
    profiles = ((0, 40, 600, 600, 4), (48, 400, 600, 600, 4))     # 60,000; 600,000 nL/h
    p = make(steps=steps, profiles=profiles, limits={86_400: 10**6})
    assert bolus_rate(p, 400, 600) == 600_000
    assert programme_acceptable(p)[0] == "either"
