"""Priming boluses since the refill hold no more than the catheter, whatever ends them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.core import guard as rules
from pump.core.ledger import DAY_S, QUARTER_S, Ledger
from pump.core.lockout import Lockout
from pump.core.prime_rule import prime_duration_s
from pump.store import pages
from pump.store.rebuild import rebuild
from pump.store.tally import Tally
from tests.core.parts import Guarded, limits, set_limit
from tests.store.nor_model import Nor
from thecal_wire import codes

CATHETER_NL = 250_000  # 100 cm of 2.2 uL/cm, and 30 uL within the pump
STROKES = 1_000


def stopped(stroke_pl=250_000, **changes):
    pump = Guarded(limits(stroke_pl, **changes))
    pump.guard.run(False)
    return pump


def give(pump, strokes):
    """Make so many strokes of the priming bolus that runs; returns how many were permitted."""
    made = 0
    while made < strokes and pump.guard.phase == rules.PRIME:
        if pump.stroke():
            made += 1
        elif pump.guard.refusal == rules.BOLUS_SPENT:
            break
        pump.wait(pump.guard.gate_left_ms(pump.clock) or 1)
    return made


@pytest.mark.parametrize("stroke_pl", [200_000, 250_000, 263_157, 290_000])
def test_the_whole_catheter_may_be_primed_and_not_a_stroke_more(stroke_pl):
    pump = stopped(stroke_pl)
    whole = CATHETER_NL * 1000 // stroke_pl
    assert pump.prime((whole + 1) * stroke_pl // 1000 + 1) == codes.PRIME_CAP
    assert pump.prime(CATHETER_NL) == codes.GRANTED
    assert give(pump, 2_000) == pump.ledger.primed == whole
    assert pump.guard.refusal == rules.BOLUS_SPENT


def test_the_reservoir_must_hold_it():
    assert stopped().prime(25_000, 1_024_999) == codes.RESERVOIR
    assert stopped().prime(25_000, 1_025_000) == codes.GRANTED


def test_it_ends_by_itself_and_leaves_therapy_stopped():
    pump = stopped()
    pump.prime(25_000)
    assert pump.bolus_end_ms == pump.now_ms + 180_000
    pump.to(pump.bolus_end_ms - 1)
    assert pump.guard.phase == rules.PRIME
    pump.wait(1)
    assert pump.is_off() and not pump.stroke()
    assert pump.lockout.left_s(pump.clock.s) == 0


def test_why_a_priming_bolus_is_refused():
    pump = stopped()
    assert pump.prime(25_000, 1_024_999) == codes.RESERVOIR
    assert pump.prime(CATHETER_NL + 250, 0) == codes.PRIME_CAP
    pump.guard.alarmed = True
    assert pump.prime(CATHETER_NL + 250, 0) == codes.ALARM
    pump.guard.run(True)
    assert pump.prime(25_000) == codes.MUST_STOP
    pump.guard.run(True, True)
    assert pump.prime(25_000) == codes.MUST_STOP
    pump.guard.run(False)
    pump.guard.alarmed = False
    assert pump.prime(25_000) == codes.GRANTED
    assert pump.prime(25_000) == codes.BOLUS_ACTIVE
    assert pump.verdict() == codes.NOT_RUNNING
    assert pump.clinician(10_000, 14_400) == codes.NOT_RUNNING


def test_its_rate_is_bounded_by_the_gate():
    pump = stopped()
    pump.prime(25_000)
    assert pump.guard.gate_ms() == 1_800 * 4 // 5
    assert pump.stroke()
    pump.wait(1_439)
    assert not pump.stroke() and pump.guard.refusal == rules.TOO_SOON


@given(st.integers(1, 10**6))
def test_it_lasts_as_long_as_its_volume_takes_rounded_up(nl):
    duration_s = prime_duration_s(nl)
    assert (duration_s - 1) * 500_000 < nl * 3_600 <= duration_s * 500_000
    assert isinstance(duration_s, int)


# --- together, since the refill ---------------------------------------------------

acts = st.lists(st.one_of(
    st.tuples(st.just("prime"), st.integers(250, 120_000), st.integers(0, 500)),
    st.tuples(st.sampled_from(["cut", "programme", "stop", "day", "checkpoint"]))), max_size=12)


class Kept(Guarded):
    """A guard whose strokes are in a tally, and which is made anew from it alone."""

    def __init__(self, its_limits):
        self.flash = Nor(8)
        self.tally = Tally(self.flash.region())
        super().__init__(its_limits)
        self.keep()

    def keep(self):
        self.tally.checkpoint(self.ledger, self.lockout, 0, self.clock.s, 0)

    def stroke(self):
        if not self.tally.takes_marks(pages.PRIMING_STROKE):
            its = self.limits
            self.tally.open_marks(self.clock.s, 0, its.stroke_pl, its.stroke_pl,
                                  its.pg_per_stroke, pages.PRIMING_STROKE)
        if not super().stroke():
            return False
        self.tally.mark(self.clock.s)
        return True

    def cut(self):
        """Power goes: what is known afterwards is what the tally says."""
        self.ledger, self.lockout = Ledger(), Lockout()
        self.tally = Tally(self.flash.region())
        past = rebuild(self.tally, self.ledger, self.lockout)
        self.tally.resume_at(past)
        assert past.total == self.total
        self.power_cut(running=False)
        self.keep()

    def act(self, what):
        if what == "cut":
            self.cut()
        elif what == "programme" and self.is_off():
            self.programme(limits())
        elif what == "stop":
            self.guard.end_bolus(self.clock)
        elif what == "day":
            self.guard.end_bolus(self.clock)
            self.wait(2 * DAY_S * 1000)
        elif what == "checkpoint":
            self.keep()


@settings(max_examples=60)
@given(acts)
def test_interrupted_and_begun_again_they_never_hold_more_than_the_catheter(script):
    pump, made = Kept(limits()), 0
    pump.guard.run(False)
    for what, *how in [*script, ("prime", CATHETER_NL, 2_000), ("prime", 250, 9)]:
        if what != "prime":
            pump.act(what)
            continue
        nl, strokes = how
        if pump.guard.phase == rules.PRIME:
            pump.guard.end_bolus(pump.clock)
        fits = made + nl // 250 <= STROKES
        assert pump.prime(nl) == (codes.GRANTED if fits else codes.PRIME_CAP)
        if fits:
            made += give(pump, strokes)
        assert pump.ledger.primed == made <= STROKES


def test_a_refill_allows_the_whole_catheter_again():
    pump = stopped()
    pump.prime(CATHETER_NL)
    give(pump, STROKES)
    pump.guard.end_bolus(pump.clock)
    assert pump.prime(250) == codes.PRIME_CAP
    pump.refill()
    assert pump.prime(CATHETER_NL) == codes.GRANTED


def test_larger_strokes_fill_the_catheter_sooner():
    pump = stopped()
    pump.guard.extra_permille = 100
    pump.prime(CATHETER_NL)
    give(pump, 500)
    assert pump.ledger.primed == 550


# --- what they weigh --------------------------------------------------------------


def weighed(pump, window_s):
    """What the primes add to the limit under which a patient bolus just passes."""
    fits = 0
    pump.lockout.until_s = 0
    while True:
        set_limit(pump.limits, fits, window_s)
        if pump.verdict() != codes.DOSE_LIMIT:
            return fits
        fits += 1


def test_they_count_against_boluses_for_a_day_and_never_against_basal():
    pump = stopped()
    pump.guard.run(True)
    free = weighed(pump, DAY_S)
    pump.guard.run(False)
    pump.prime(25_000)
    assert give(pump, 100) == 100
    pump.guard.end_bolus(pump.clock)
    pump.guard.run(True)
    assert pump.guard.used_strokes(pump.clock.s) == 0
    last_s = pump.clock.s
    assert weighed(pump, DAY_S) == free + 100
    pump.to((last_s + DAY_S) * 1000)
    assert weighed(pump, DAY_S) >= free + 100
    pump.to((last_s + DAY_S + QUARTER_S + 1) * 1000)
    assert weighed(pump, DAY_S) <= free + 1
    set_limit(pump.limits, 1)
    assert pump.stroke()


def test_those_of_long_ago_do_not_come_back_with_a_new_one():
    ledger = Ledger()
    for _ in range(100):
        ledger.add_primed(1_000)
    ledger.add_primed(1_000 + 3 * DAY_S)
    assert ledger.primed == 101 and ledger.primed_in(1_000 + 3 * DAY_S, DAY_S) == 1


def test_a_refill_takes_nothing_from_what_they_weigh_today():
    ledger = Ledger()
    for _ in range(100):
        ledger.add_primed(1_000)
    ledger.refilled(2_000)
    assert (ledger.primed, ledger.primed_in(2_000, 3_600)) == (0, 100)
    ledger.refilled(2_000 + 2 * DAY_S)
    assert ledger.primed_in(2_000 + 2 * DAY_S, DAY_S) == 0


@given(st.integers(1, 9_999), st.integers(200, 20_000), st.integers(200, 20_000))
def test_another_concentration_keeps_their_dose_rounded_up(primed, old_pg, new_pg):
    ledger = Ledger()
    ledger.weigh_as(old_pg)
    ledger.primed_weight = primed
    ledger.weigh_as(new_pg)
    assert primed * old_pg <= ledger.primed_weight * new_pg < primed * old_pg + new_pg
