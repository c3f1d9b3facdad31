"""What the finger meant: every length at its edges, bounce, a stuck button, one held at boot."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pump.core.button import BOUNCE_MS, FREED, NONE, OTHER, PRESS, STOP, STUCK, Button
from pump.core.clock import PERIOD, plus_ms

DOWN, UP = 1, 0
T0 = PERIOD - 1_000  # the tick wraps within most presses here


def at(ms):
    return plus_ms(T0, ms)


def meanings(edges, until_ms, boot_level=UP):
    """All that a Button says, woken whenever it asks to be: [(ms, meaning, held_ms)]."""
    button, said, now_ms = Button(at(0), boot_level), [], 0

    def note(meaning):
        if meaning != NONE:
            said.append((now_ms, meaning, button.held_ms))

    for edge_ms, level in [*edges, (until_ms, None)]:
        while (wait_ms := button.next_ms(at(now_ms))) is not None and now_ms + wait_ms < edge_ms:
            now_ms += wait_ms
            note(button.settle(at(now_ms)))
        now_ms = edge_ms
        note(button.settle(at(now_ms)) if level is None else button.edge(at(now_ms), level))
    return said


@pytest.mark.parametrize(
    ("held_ms", "meaning"),
    [(BOUNCE_MS, OTHER), (99, OTHER), (100, PRESS), (101, PRESS), (4_999, PRESS), (5_000, PRESS),
     (5_001, OTHER), (9_999, OTHER), (10_000, STOP), (20_000, STOP), (20_001, OTHER),
     (59_999, OTHER), (60_000, OTHER)],
)
def test_the_length_of_a_press_decides_at_its_release(held_ms, meaning):
    said = meanings([(500, DOWN), (500 + held_ms, UP)], 100_000)
    assert said == [(500 + held_ms + BOUNCE_MS, meaning, held_ms)]


def test_a_touch_shorter_than_a_bounce_is_nothing():
    assert meanings([(500, DOWN), (500 + BOUNCE_MS - 1, UP)], 100_000) == []


def test_a_button_down_for_over_a_minute_is_stuck_and_its_release_is_no_request():
    said = meanings([(500, DOWN), (80_000, UP)], 100_000)
    assert said == [(500 + 60_001, STUCK, 60_001), (80_000 + BOUNCE_MS, FREED, 79_500)]


def test_a_button_that_was_freed_works_again():
    said = meanings([(0, DOWN), (70_000, UP), (80_000, DOWN), (80_200, UP)], 100_000)
    assert [meaning for _, meaning, _ in said] == [STUCK, FREED, PRESS]


@pytest.mark.parametrize("held_ms", [40, 200, 12_000, 60_000])
def test_a_button_that_is_down_at_start_up_makes_no_request(held_ms):
    said = meanings([(held_ms, UP)], 100_000, boot_level=DOWN)
    assert [meaning for _, meaning, _ in said] == [OTHER]


def test_a_button_that_is_down_at_start_up_can_be_stuck_too():
    said = meanings([(70_000, UP), (80_000, DOWN), (80_100, UP)], 100_000, boot_level=DOWN)
    assert [meaning for _, meaning, _ in said] == [STUCK, FREED, PRESS]


def test_a_press_after_start_up_with_the_button_up_counts():
    said = meanings([(10, DOWN), (110, UP)], 1_000)
    assert [meaning for _, meaning, _ in said] == [PRESS]


def test_edges_that_come_late_in_one_batch_mean_the_same():
    """The board hands over what it saw while it slept; nobody looked in between."""
    button = Button(at(0), UP)
    said = [button.edge(at(ms), level)
            for ms, level in [(0, DOWN), (200, UP), (1_000, DOWN), (13_000, UP),
                              (20_000, DOWN), (90_000, UP)]]
    said.append(button.settle(at(95_000)))
    assert said == [NONE, NONE, PRESS, NONE, STOP, STUCK, FREED]


bounces = st.lists(st.tuples(*[st.integers(1, BOUNCE_MS - 1)] * 2), max_size=2).map(
    lambda pairs: [gap_ms for pair in pairs for gap_ms in pair])


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(BOUNCE_MS, 70_000), st.integers(BOUNCE_MS, 30_000), bounces,
                          bounces), max_size=6))
def test_bounce_changes_only_where_a_press_is_counted_from(presses):
    """Against the same presses without bounce, counted from each last bounce to the last."""
    bouncing, clean, now_ms = [], [], 1_000
    for held_ms, pause_ms, before, after in presses:
        for level, gaps in ((DOWN, before), (UP, after)):
            bouncing.append((now_ms, level))
            for gap_ms in gaps:  # an even number: it ends where it began
                now_ms += gap_ms
                bouncing.append((now_ms, UP + DOWN - bouncing[-1][1]))
            assert bouncing[-1][1] == level
            clean.append((now_ms, level))
            now_ms += held_ms if level == DOWN else pause_ms
    said, plain = meanings(bouncing, now_ms + 100_000), meanings(clean, now_ms + 100_000)
    assert [one[1] for one in said] == [one[1] for one in plain]
    for one, other in zip(said, plain, strict=True):
        # A bounce just then may put off by its length that a button is told to be stuck.
        late_ms = BOUNCE_MS if one[1] == STUCK else 0
        assert other[0] <= one[0] <= other[0] + late_ms
        assert other[2] <= one[2] <= other[2] + late_ms


@settings(max_examples=200)
@given(st.integers(BOUNCE_MS, 59_000), st.integers(0, 59_000), st.integers(1, BOUNCE_MS - 1))
def test_a_contact_lost_for_an_instant_does_not_end_a_press(held_ms, lost_ms, gap_ms):
    assume(lost_ms + gap_ms + BOUNCE_MS <= held_ms)
    edges = [(0, DOWN), (lost_ms, UP), (lost_ms + gap_ms, DOWN), (held_ms, UP)]
    if lost_ms < BOUNCE_MS:
        edges = [(0, DOWN), (held_ms, UP)]
    assert meanings(edges, 100_000) == meanings([(0, DOWN), (held_ms, UP)], 100_000)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 80_000), st.sampled_from([UP, DOWN])), max_size=30))
def test_no_noise_makes_more_requests_than_it_has_long_enough_pushes(steps):
    edges, now_ms, level, long_pushes = [], 1_000, UP, 0
    for gap_ms, new in steps:
        long_pushes += level == DOWN and gap_ms >= BOUNCE_MS
        now_ms += gap_ms
        edges.append((now_ms, new))
        level = new
    said = meanings(edges, now_ms + 100_000)
    assert sum(meaning in (PRESS, STOP, OTHER) for _, meaning, _ in said) <= long_pushes
