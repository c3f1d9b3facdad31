"""A rotor that turns between strokes: a quarter of a stroke is no noise, whichever way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pump.core.stroke_check import COUNTS_PER_STROKE, COUNTS_PER_TURN
from pump.core.unasked import Unasked

QUARTER = COUNTS_PER_STROKE // 4


@given(st.integers(0, COUNTS_PER_TURN - 1), st.integers(-2_048, 2_047))
def test_it_is_told_from_a_quarter_of_a_stroke_on(rest, moved):
    unasked = Unasked()
    unasked.stroke(rest)
    assert unasked.look((rest + moved) % COUNTS_PER_TURN) is (abs(moved) >= QUARTER)


def test_the_first_look_takes_the_rotor_where_it_is():
    unasked = Unasked()
    assert not unasked.look(1_000)
    assert not unasked.look(1_000 + QUARTER - 1) and unasked.look(1_000 + QUARTER)


def test_looks_do_not_follow_a_rotor_that_creeps():
    unasked = Unasked()
    unasked.stroke(0)
    assert [unasked.look(10 * step) for step in range(8)] == [False] * 7 + [True]


def test_a_permitted_stroke_moves_where_it_rests():
    unasked = Unasked()
    for stroke in range(20):
        assert not unasked.look(stroke * COUNTS_PER_STROKE % COUNTS_PER_TURN)
        unasked.stroke((stroke + 1) * COUNTS_PER_STROKE % COUNTS_PER_TURN)


@pytest.mark.parametrize("silent", [None])
def test_a_silent_encoder_tells_nothing_and_is_not_where_the_rotor_rests(silent):
    unasked = Unasked()
    unasked.stroke(500)
    assert not unasked.look(silent) and unasked.look(500 + QUARTER)
    unasked.stroke(silent)
    assert not unasked.look(900) and unasked.look(900 - QUARTER)


def test_after_a_clinician_acted_the_rotor_rests_where_it_is():
    unasked = Unasked()
    unasked.stroke(0)
    unasked.seen = True
    unasked.reset()
    assert not unasked.seen and not unasked.look(2_000)
