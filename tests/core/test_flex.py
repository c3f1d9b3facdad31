"""The step by a clock that is set, wrong or lost: never higher until a step starts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.core.flex import Flex
from pump.core.schedule import WEEK_S, Week
from tests.core.weeks import begins, entries, rates_of

DAY = 86_400
EVERY_DAY = 127
# 0:00 low, 8:00 high, 20:00 middle.
STEPS, RATES = [(EVERY_DAY, 0), (EVERY_DAY, 32), (EVERY_DAY, 80)], [2_000, 9_000, 5_000]
LOW, HIGH, MIDDLE = RATES


def hours(number):
    return number * 3_600


def flex_at(now_s, second):
    flex = Flex(Week(STEPS), RATES)
    flex.follow(now_s, second)
    return flex


@pytest.mark.parametrize(("second", "rate", "wait_s"), [
    (0, LOW, hours(8)), (hours(8) - 1, LOW, 1), (hours(8), HIGH, hours(12)),
    (hours(20), MIDDLE, hours(4)), (hours(24) - 1, MIDDLE, 1), (WEEK_S - 1, MIDDLE, 1)])
def test_it_follows_the_clock_from_start_to_start(second, rate, wait_s):
    flex = flex_at(50_000, second)
    assert (flex.rate_nl_per_h, flex.due_s) == (rate, 50_000 + wait_s)


def test_an_invalid_clock_means_the_lowest_step_and_another_look_soon():
    flex = flex_at(0, None)
    assert flex.rate_nl_per_h == flex.lowest_nl_per_h == LOW and flex.step == 0xFF
    assert 0 < flex.due_s <= 900


@pytest.mark.parametrize("first", range(3))
def test_whichever_step_is_the_lowest(first):
    rates = RATES[first:] + RATES[:first]
    flex = Flex(Week(STEPS), rates)
    flex.follow(0, hours(9))
    flex.follow(1, None)
    assert flex.rate_nl_per_h == LOW
    flex = Flex(Week(STEPS), rates)
    flex.follow(0, hours(9))
    flex.clock_was_set(1, None)
    assert flex.rate_nl_per_h == LOW


def test_a_clock_set_into_a_lower_step_lowers_the_rate_at_once():
    flex = flex_at(0, hours(9))
    flex.clock_was_set(100, hours(21))
    assert flex.rate_nl_per_h == MIDDLE


def test_a_clock_set_into_a_higher_step_raises_nothing_until_a_step_starts_by_the_old_one():
    flex = flex_at(0, hours(19))  # high, for an hour more
    flex.clock_was_set(0, hours(1))  # low, for seven hours more
    assert (flex.rate_nl_per_h, flex.due_s) == (LOW, hours(1))
    flex = flex_at(0, hours(7))  # low, for an hour more
    flex.clock_was_set(0, hours(10))
    assert (flex.rate_nl_per_h, flex.due_s) == (LOW, hours(1))
    flex.follow(hours(1), hours(11))
    assert flex.rate_nl_per_h == HIGH


def test_nor_until_one_starts_by_the_new_one():
    flex = flex_at(0, hours(1))  # low, for seven hours more
    flex.clock_was_set(0, hours(19))  # high, for an hour more
    assert (flex.rate_nl_per_h, flex.due_s) == (LOW, hours(1))


def test_a_clock_set_to_and_fro_gains_nothing():
    flex = flex_at(0, hours(1))
    for second in (hours(9), hours(21), hours(1), hours(9)):
        flex.clock_was_set(0, second)
        assert flex.rate_nl_per_h == LOW
    flex = flex_at(0, hours(9))
    flex.clock_was_set(0, hours(1))
    flex.clock_was_set(0, hours(9))
    assert flex.rate_nl_per_h == LOW


def test_a_clock_that_was_invalid_has_no_start_of_a_step_of_its_own():
    """It was to be looked at again within 15 min: that is no start."""
    flex = flex_at(0, None)
    flex.clock_was_set(100, hours(9))
    assert (flex.rate_nl_per_h, flex.due_s) == (LOW, 100 + hours(11))


def test_an_offset_set_while_the_clock_is_invalid_changes_nothing():
    flex = flex_at(0, hours(9))
    flex.clock_was_set(0, None)
    assert flex.rate_nl_per_h == LOW and flex.due_s <= 900


# --- any order of setting it ------------------------------------------------------


class Truth:
    """The rule of docs/dosing.md, second by second: the clocks that still may end a wait."""

    def __init__(self, made, rates, second):
        self.made, self.by_quarter = made, rates_of(made, rates)
        self.clocks = [second]  # the last one is the present one
        self.rate = self.by_quarter[second // 900]

    def tick(self, seconds):
        """So many seconds go by; a start by any clock ends the wait."""
        self.clocks = [(clock + seconds) % WEEK_S for clock in self.clocks]
        if any(self.started(clock, seconds) for clock in self.clocks):
            self.clocks = self.clocks[-1:]
        if len(self.clocks) == 1:
            self.rate = self.by_quarter[self.clocks[0] // 900]

    def started(self, clock, seconds):
        """A step started within the last `seconds` by this clock."""
        passed = range((clock - seconds) // 900 + 1, clock // 900 + 1)
        return any(begins(self.made, quarter % 672) is not None for quarter in passed)

    def set(self, second):
        """A clock replaced goes on counting until a step starts by it."""
        self.clocks.append(second)
        self.rate = min(self.rate, self.by_quarter[second // 900])


events = st.lists(st.tuples(
    st.one_of(st.integers(0, 8_000), st.integers(0, 40_000), st.builds(
        lambda quarters, off: max(0, quarters * 900 + off), st.integers(0, 8),
        st.integers(-1, 1))),
    st.one_of(st.none(), st.integers(0, WEEK_S - 1),
              st.builds(lambda quarter, off: (quarter * 900 + off) % WEEK_S,
                        st.integers(0, 671), st.integers(-1, 1)))), max_size=12)


@settings(max_examples=150)
@given(entries(4), st.data(), st.integers(0, WEEK_S - 1), events)
def test_however_the_clock_is_set_the_rate_is_the_rules(made, data, second, script):
    its_rates = [data.draw(st.integers(0, 9)) for _ in made]
    flex, truth, now_s = Flex(Week(made), its_rates), Truth(made, its_rates, second), 0
    flex.follow(0, second)
    for span_s, set_to in script:
        end_s = now_s + span_s
        while flex.due_s <= end_s:  # as the loop asks at its due time
            truth.tick(flex.due_s - now_s)
            now_s = flex.due_s
            flex.follow(now_s, truth.clocks[-1])
            assert flex.rate_nl_per_h == truth.rate
        truth.tick(end_s - now_s)
        now_s = end_s
        assert flex.rate_nl_per_h == truth.rate
        if set_to is not None:
            flex.clock_was_set(now_s, set_to)
            truth.set(set_to)
            assert flex.rate_nl_per_h == truth.rate
