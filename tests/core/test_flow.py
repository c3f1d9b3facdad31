"""Flow control against a second calculation in fractions, over every kind of step and the wrap."""

from fractions import Fraction
from math import ceil

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pump.core.clock import PERIOD
from pump.core.flow import FlowControl
from tests.oracles.flow_oracle import flow as flow_oracle

COUNTS = 256

strokes_pl = st.integers(200_000, 290_000)
rates = st.one_of(st.just(0), st.integers(2_000, 1_000_000), st.sampled_from([2_000, 1_000_000]))
running_rates = st.integers(2_000, 1_000_000)
first_ticks = st.one_of(st.integers(0, PERIOD - 1), st.integers(PERIOD - 3_000, PERIOD - 1))
gaps_ms = st.one_of(st.integers(0, 1_500), st.integers(0, 60_000), st.integers(899_990, 1_000_000))
steps = st.lists(
    st.tuples(gaps_ms, st.sampled_from(["rate", "take", "advance"]), rates,
              st.lists(st.integers(0, 1_000), max_size=3)),
    max_size=14)


class Driver:
    """Moves a FlowControl in absolute ms and notes the instants at which strokes became due."""

    def __init__(self, stroke_pl, tick):
        self.stroke_pl = stroke_pl
        self.first_tick = tick
        self.flow = FlowControl(stroke_pl, tick)
        self.now_ms = 0
        self.due_ms = []
        self.takes = []

    def tick(self, at_ms):
        return (self.first_tick + at_ms) % PERIOD

    def to(self, at_ms):
        """Go on to `at_ms`, stopping a ms before and at the instant a stroke is said to be due."""
        flow = self.flow
        while not flow.pending and self.now_ms < at_ms:
            wait_ms = flow.next_due_ms(self.tick(self.now_ms))
            if wait_ms is None or self.now_ms + wait_ms > at_ms:
                break
            if wait_ms > 1:
                flow.advance(self.tick(self.now_ms + wait_ms - 1))
                assert flow.pending == 0
            self.now_ms += wait_ms
            flow.advance(self.tick(self.now_ms))
            assert flow.pending == 1
            self.due_ms.append(self.now_ms)
        self.now_ms = max(self.now_ms, at_ms)
        flow.advance(self.tick(self.now_ms))

    def take(self, moved=COUNTS):
        """Make the pending stroke, if there is one."""
        if self.flow.pending:
            self.flow.stroke_made(moved, COUNTS)
            self.takes.append(self.now_ms)
            if self.flow.pending:  # owed back at once
                self.due_ms.append(self.now_ms)

    def set_rate(self, rate_nl_per_h):
        self.flow.set_rate(self.tick(self.now_ms), rate_nl_per_h)

    def wait_ms(self):
        return self.flow.next_due_ms(self.tick(self.now_ms))


def interval_ms(stroke_pl, rate_nl_per_h):
    return ceil(Fraction(stroke_pl * 3600, rate_nl_per_h))


@settings(max_examples=300)
@given(strokes_pl, first_ticks, rates, steps)
def test_due_instants_losses_and_ordered_volume_are_exact(stroke_pl, tick, first_rate, script):
    driver = Driver(stroke_pl, tick)
    changes = [(0, first_rate)]
    driver.set_rate(first_rate)
    for gap_ms, what, rate, stops in script:
        start_ms = driver.now_ms
        for stop in sorted(stops):
            driver.to(start_ms + gap_ms * stop // 1000)
        driver.to(start_ms + gap_ms)
        if what == "take":
            driver.take()
        elif what == "rate":
            driver.set_rate(rate)
            changes.append((driver.now_ms, rate))
    want = flow_oracle(stroke_pl, changes, driver.takes, driver.now_ms)
    flow = driver.flow
    assert driver.due_ms == want.due_ms
    assert flow.pending == want.pending
    assert flow.lost_nl == want.lost * stroke_pl // 1000
    assert flow.ordered_nl == want.ordered_nl // 1
    rate = changes[-1][1]
    if want.pending:
        assert driver.wait_ms() == 0
    elif rate == 0:
        assert driver.wait_ms() is None
    else:
        assert driver.wait_ms() == ceil((1 - want.part) * stroke_pl * 3600 / rate)


@settings(max_examples=200)
@given(strokes_pl, first_ticks, running_rates, st.integers(0, 3_000_000),
       st.lists(st.integers(0, 3_000_000), max_size=8))
def test_how_often_time_is_looked_at_changes_nothing(stroke_pl, tick, rate, span_ms, stops):
    in_one, in_many = FlowControl(stroke_pl, tick), FlowControl(stroke_pl, tick)
    in_one.set_rate(tick, rate)
    in_many.set_rate(tick, rate)
    in_one.advance((tick + span_ms) % PERIOD)
    for stop in sorted(min(stop, span_ms) for stop in stops):
        in_many.advance((tick + stop) % PERIOD)
    in_many.advance((tick + span_ms) % PERIOD)
    assert vars(in_one) == vars(in_many)


@settings(max_examples=200)
@given(strokes_pl, first_ticks, running_rates, st.integers(1, 40), st.integers(0, 1_000_000))
def test_after_any_delay_one_stroke_is_caught_up_and_no_more(stroke_pl, tick, rate, missed, more):
    driver = Driver(stroke_pl, tick)
    driver.set_rate(rate)
    every_ms = interval_ms(stroke_pl, rate)
    driver.to(missed * every_ms + more % every_ms)
    assert driver.flow.pending == 1
    driver.take()
    assert driver.flow.pending == 0
    # The next one waits for the part that is not full yet, however much was missed.
    full = Fraction(driver.now_ms * rate, stroke_pl * 3600)
    assert driver.wait_ms() == ceil((int(full) + 1 - full) * stroke_pl * 3600 / rate)
    assert driver.flow.lost_nl == (int(full) - 1) * stroke_pl // 1000


@settings(max_examples=200)
@given(strokes_pl, first_ticks, running_rates, st.integers(0, 1_000_000),
       st.integers(0, 4_000_000))
def test_hold_loses_all_that_is_ordered_and_the_part_filled_stroke(
    stroke_pl, tick, rate, before_ms, held_ms
):
    driver = Driver(stroke_pl, tick)
    driver.set_rate(rate)
    driver.to(before_ms)
    driver.flow.hold(driver.tick(driver.now_ms), True)
    assert driver.flow.pending == 0 and driver.wait_ms() is None
    driver.to(driver.now_ms + held_ms)
    assert driver.flow.pending == 0
    # Two amounts are rounded down to whole nL on their way into `lost_nl`.
    assert 0 <= driver.flow.ordered_nl - driver.flow.lost_nl <= 2
    driver.flow.hold(driver.tick(driver.now_ms), False)
    assert driver.wait_ms() == interval_ms(stroke_pl, rate)
    driver.to(driver.now_ms + interval_ms(stroke_pl, rate))
    assert driver.flow.pending == 1


def test_holding_twice_loses_nothing_twice():
    flow = FlowControl(250_000, 0)
    flow.set_rate(0, 900_000)
    flow.hold(1_500, True)  # one stroke was pending, half a one filled
    assert (flow.ordered_nl, flow.lost_nl) == (375, 375)
    flow.hold(2_500, True)
    assert (flow.ordered_nl, flow.lost_nl) == (625, 625)


@settings(max_examples=200)
@given(strokes_pl, first_ticks, running_rates, st.integers(0, 2_000_000), st.integers(0, 100_000))
def test_after_a_restart_the_first_stroke_waits_a_full_interval(
    stroke_pl, tick, rate, before_ms, off_ms
):
    driver = Driver(stroke_pl, tick)
    driver.set_rate(rate)
    driver.to(before_ms)
    driver.now_ms += off_ms
    driver.flow.restart(driver.tick(driver.now_ms))
    assert driver.wait_ms() == interval_ms(stroke_pl, rate)
    driver.to(driver.now_ms + interval_ms(stroke_pl, rate) - 1)
    assert driver.flow.pending == 0
    driver.to(driver.now_ms + 1)
    assert driver.flow.pending == 1


def test_what_a_restart_throws_away_is_counted_as_lost():
    flow = FlowControl(250_000, 0)
    flow.set_rate(0, 900_000)
    flow.advance(1_500)  # one stroke pending, half a one filled
    flow.restart(1_500)
    assert (flow.ordered_nl, flow.lost_nl) == (375, 375)


@settings(max_examples=300)
@given(strokes_pl, first_ticks, running_rates, st.integers(-50, COUNTS + 50))
@example(200_000, 0, 2_000, 0)
@example(290_000, 0, 1_000_000, 255)
def test_what_the_rotor_fell_short_of_is_owed_back(stroke_pl, tick, rate, moved):
    driver = Driver(stroke_pl, tick)
    driver.set_rate(rate)
    driver.to(interval_ms(stroke_pl, rate))
    spare = driver.now_ms * rate - stroke_pl * 3600  # part of a ms too much, in 1/3600 pL
    driver.take(moved)
    # Down by less than one part in `COUNTS`: never more is owed than was missed.
    owed = stroke_pl * 3600 // COUNTS * (COUNTS - min(max(moved, 0), COUNTS))
    left = stroke_pl * 3600 - spare - owed
    assert driver.wait_ms() == max(0, ceil(Fraction(left, rate)))
    assert driver.flow.lost_nl == 0


@settings(max_examples=200)
@given(strokes_pl, running_rates, st.lists(st.integers(32, COUNTS), min_size=1, max_size=30))
def test_a_slipping_rotor_delivers_what_was_ordered_to_one_stroke(stroke_pl, rate, moves):
    driver = Driver(stroke_pl, 0)
    driver.set_rate(rate)
    delivered = Fraction(0)
    for moved in moves:
        driver.to(driver.now_ms + driver.wait_ms())
        driver.take(moved)
        delivered += Fraction(moved, COUNTS)
        ordered = Fraction(driver.now_ms * rate, stroke_pl * 3600)
        lost = Fraction(driver.flow.lost_nl * 1000, stroke_pl)
        assert -1 < ordered - delivered - lost < 2
        assert driver.flow.pending <= 1


def test_a_stopped_rate_and_no_rate_are_never_due():
    flow = FlowControl(250_000, 0)
    assert flow.next_due_ms(0) is None
    flow.advance(5_000_000)
    assert flow.pending == 0 and flow.ordered_nl == 0
    flow.set_rate(5_000_000, 900_000)
    assert flow.next_due_ms(5_000_000) == 1_000


def test_a_tick_that_goes_back_is_ignored():
    flow = FlowControl(250_000, 1_000)
    flow.set_rate(1_000, 900_000)
    flow.advance(1_999)
    flow.advance(1_500)
    assert flow.next_due_ms(1_999) == 1
    flow.advance(2_000)
    assert flow.pending == 1
