"""Over- and under-infusion: forty strokes against what forty strokes should move."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pump.core.infusion_check import NOTHING, OVER, STROKES, UNDER, InfusionCheck


def verdicts(check, volumes_nl):
    return [check.stroke(nl) for nl in volumes_nl]


@pytest.mark.parametrize(("nl", "verdict"), [
    (250, NOTHING), (287, NOTHING), (288, OVER), (213, NOTHING), (212, UNDER), (0, UNDER),
    (1_000, OVER)])
def test_forty_strokes_fifteen_percent_off_are_told_and_only_at_the_fortieth(nl, verdict):
    check = InfusionCheck(250)
    for _ in range(2):
        assert verdicts(check, [nl] * STROKES) == [NOTHING] * (STROKES - 1) + [verdict]


def test_at_exactly_fifteen_percent_nothing_is_told():
    for total_nl in (11_500, 8_500):
        check = InfusionCheck(250)
        assert set(verdicts(check, [total_nl] + [0] * 39)) == {NOTHING}
    assert verdicts(InfusionCheck(250), [11_501] + [0] * 39)[-1] == OVER
    assert verdicts(InfusionCheck(250), [8_499] + [0] * 39)[-1] == UNDER


def test_a_batch_takes_nothing_over_into_the_next():
    check = InfusionCheck(250)
    assert check.begins()
    verdicts(check, [900] * 39)
    assert not check.begins()
    assert check.stroke(900) == OVER and check.begins()
    assert verdicts(check, [250] * STROKES)[-1] == NOTHING


@given(st.integers(100, 600), st.lists(st.integers(0, 1_160), min_size=40, max_size=40))
def test_the_verdict_is_the_sums(expected_nl, volumes_nl):
    verdict = verdicts(InfusionCheck(expected_nl), volumes_nl)[-1]
    total, right = sum(volumes_nl), STROKES * expected_nl
    # The bounds are reckoned in whole nL of a hundredth.
    if total > right * 1.15:
        assert verdict == OVER
    elif total < right * 0.85 - 85:
        assert verdict == UNDER
    elif right * 0.85 <= total <= right * 1.15 - 115:
        assert verdict == NOTHING
