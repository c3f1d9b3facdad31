"""Pumps that live as they are told: a wall clock that is lost or jumps, 48 h without a stroke."""

import itertools
import random

import pytest

from tests.oracles.dosing_programme import HOUR_MS, QUARTER_MS
from tests.proof.body import PowerCut
from tests.proof.life import Life
from tests.proof.programmes import Plan
from thecal_wire import codes

SLOW = 2_000  # nL/h: a stroke of 250 nL each 450 s
INTERVAL_MS = 450_000


class Told(Life):
    """Does what `script` says, a step each; the judge of every life listens."""

    def __init__(self, script, steps=1):
        super().__init__(random.Random(1), len(script))
        self.script = list(script)
        self.stroke_pl, self.concentration, self.large = 250_000, 10_000, False
        self.number_of_steps = steps
        self.off_ms = 0

    def live(self):
        """To the end of the script; returns the alarms that are active then."""
        self.run()
        return {codes.ALARMS[code][0] for code in codes.ALARMS
                if self.pump.alarms.is_active(code)}

    def _new_plan(self):
        for seed in itertools.count():
            plan = Plan(random.Random(seed), self.stroke_pl, self.concentration)
            rates = {rate for _days, _start, rate in plan.meaning.steps}
            if len(rates) == self.number_of_steps and min(rates) == SLOW and not plan.periodic[0]:
                return plan

    def _choose(self):
        return self.script.pop(0)(self) or 0

    def _first_order(self):
        pass

    def _power_off(self):
        self.board.wall_ms += self.off_ms
        return self.off_ms


def wait(span_ms):
    def step(life):
        life.board.until_ms = life.now() + span_ms
    return step


def until_quarter(before_ms):
    def step(life):
        life.board.until_ms = life.now() + QUARTER_MS - life._pump_ms() % QUARTER_MS - before_ms
    return step


def order(what, *values):
    def step(life):
        life.acknowledged = values[0] if what == "start" else 0
        return life._order(what, lambda: getattr(life.desk, what)(*values), (*values, 10**7))
    return step


def heat(cdegc):
    def step(life):
        life.board.temperature_cdegc = cdegc
        life.judge.disturbed()
    return step


def power_cut(off_ms):
    def step(life):
        life.off_ms = off_ms
        raise PowerCut
    return step


def set_clock(days):
    def step(life):
        wall_s = life.board.wall_ms // 1000 + days * 86_400
        return life._order("set clock", lambda: life.desk.clock(wall_s, life.offset_min))
    return step


def until_fast(life):
    """To a step above the lowest."""
    flex = life.judge.flex
    if flex.allowed() == {SLOW}:
        life.board.until_ms = life.now() + flex.to_start(flex.local()) * 1_000 + 1_000


def lose_wall(life):
    assert life.pump.therapy.flex.rate_nl_per_h > SLOW
    return life.lose_wall()


LOOKS = [wait(1_000)] * 3  # so many tell a temperature
HOT, WARM = [heat(4_600), *LOOKS], [heat(3_700), *LOOKS]
STARTED = [order("start", 1, 0), wait(2 * INTERVAL_MS)]


def test_a_wall_clock_that_is_lost_lowers_the_rate_as_soon_as_it_is_told():
    life = Told([order("start", 1, 0), *[until_fast] * 4, lose_wall, wait(61_000),
                 wait(6_000), wait(6_000)], steps=2)
    assert "clock_lost" in life.live()
    assert life.pump.therapy.flow.rate_nl_per_h == SLOW


@pytest.mark.parametrize("between_ms", [0, INTERVAL_MS - 60_000])
def test_48_hours_without_a_stroke_are_not_begun_anew_by_an_alarm_that_ends(between_ms):
    """Therapy could go on in between, and gave nothing."""
    held = [*STARTED, *HOT, wait(40 * HOUR_MS), *WARM, wait(between_ms), *HOT]
    assert "long_stop" not in Told([*held, wait(7 * HOUR_MS)]).live()
    life = Told([*held, wait(9 * HOUR_MS), *WARM, wait(QUARTER_MS)])
    assert "long_stop" in life.live()
    assert life.counts["alarm: temperature"] == 2


def test_after_48_hours_an_acknowledgement_lets_it_go_on():
    life = Told([*STARTED, *HOT, wait(50 * HOUR_MS), *WARM, until_quarter(60_000),
                 order("acknowledge"), wait(QUARTER_MS)])
    assert not life.live()
    assert life.judge.idle_ms(life.now()) <= INTERVAL_MS


def test_after_48_hours_without_power_too():
    life = Told([*STARTED, power_cut(50 * HOUR_MS), until_quarter(60_000), order("acknowledge"),
                 wait(QUARTER_MS)])
    assert not life.live()
    assert life.counts["alarm: long_stop"] == 1
    assert life.judge.idle_ms(life.now()) <= INTERVAL_MS


def test_after_48_hours_a_start_that_is_acknowledged_goes_on():
    life = Told([*STARTED, order("stop"), wait(50 * HOUR_MS), order("start", 0, 0),
                 until_quarter(60_000), order("start", 1, 0), wait(QUARTER_MS)])
    assert not life.live()
    assert life.counts["start: long_stop"] == 1
    assert life.judge.idle_ms(life.now()) <= INTERVAL_MS


@pytest.mark.parametrize(("off_h", "stops"), [(23, False), (25, True)])
def test_the_time_without_power_is_added_up(off_h, stops):
    cut = power_cut(off_h * HOUR_MS)
    assert ("long_stop" in Told([*STARTED, cut, wait(1_000), cut]).live()) is stops


def test_a_clock_that_is_set_forward_is_no_time_without_power():
    life = Told([*STARTED, set_clock(3), power_cut(10), wait(2 * INTERVAL_MS)])
    assert "long_stop" not in life.live()
    assert life.judge.idle_ms(life.now()) <= INTERVAL_MS


def test_a_pump_that_never_gave_anything_may_wait_and_start():
    life = Told([wait(50 * HOUR_MS), until_quarter(60_000), order("start", 0, 0),
                 wait(QUARTER_MS)])
    assert not life.live()
