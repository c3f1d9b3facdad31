"""Wrong versions of the rules, planted into the running firmware: the proof has to find each one.

A mutant changes one rule by putting another function in its place. Most are mistakes that were
made in real pumps or in published rules.
"""

from array import array

from pump.app import alarming, delivery, loop, orders, press, recovery
from pump.core import bolus_rule, guard, limits, prime_rule
from pump.core.bolus_flow import BolusFlow
from pump.core.flex import Flex
from pump.core.flow import FlowControl
from pump.core.guard import BASAL, BOLUS, CLINICIAN, Guard
from pump.core.ledger import BUCKETS, Ledger
from pump.core.lockout import Lockout
from pump.core.pauses import LONG_STOP_S
from pump.core.programme import Programme
from pump.core.therapy import Therapy
from pump.core.window_rule import worst_load
from tests.proof.life import OneRequest
from thecal_wire import codes


def _running():
    return OneRequest.life.pump


def current_basal_only():
    """The window rule reckons with the basal rate of this moment, not with the highest to come."""
    def load(ledger, now_s, window_s, bolus_strokes, most, fast_ms):
        pump = _running()
        rate = pump.therapy.flow.rate_nl_per_h
        flat = array("I", [rate * k * 250 // pump.stroke_pl for k in range(len(most))])
        return worst_load(ledger, now_s, window_s, bolus_strokes, flat, 0)
    bolus_rule.worst_load = load


def delivered_only():
    """The window rule counts what was delivered and this bolus, and nothing that is to come."""
    def load(ledger, now_s, window_s, bolus_strokes, most, fast_ms):
        return ledger.in_window(now_s, window_s) + bolus_strokes
    bolus_rule.worst_load = load


def rest_of_clinician_forgotten():
    """The window rule forgets what the clinician's bolus has still to give."""
    Guard.rest_of_clinician = lambda self, tick: 0


def basal_restamped():
    """After a power cut the basal strokes, too, count as just delivered."""
    kept = Ledger.restamp

    def restamp(self, now_s, window_s):
        kept(self, now_s, window_s)
        newest = self.newest % BUCKETS
        for slot in range(BUCKETS):
            if slot != newest:
                self.basal[newest] += self.basal[slot]
                self.basal[slot] = 0
    Ledger.restamp = restamp


def boluses_not_restamped():
    """After a power cut boluses keep their age, grants do not."""
    def restamp(self, now_s, window_s):
        self.advance(now_s)
        for i in range(self.grant_count):
            self.grants[i] = now_s
    Ledger.restamp = restamp


def grants_not_restamped():
    """After a power cut grants keep their age."""
    kept = Ledger.restamp

    def restamp(self, now_s, window_s):
        grants = array("I", self.grants)
        kept(self, now_s, window_s)
        self.grants = grants
    Ledger.restamp = restamp


def lockout_from_the_begin():
    """Lockout counts from the begin of a bolus."""
    grant = Guard.grant

    def begins(self, clock, profile):
        grant(self, clock, profile)
        self.lockout.restart(clock.s, self.lockout_s)
        self.lockout_s = 0
    Guard.grant = begins


def lockout_not_after_a_cut():
    """Lockout does not begin again after a power cut."""
    go_on = recovery._go_on

    def quietly(pump, past, warm):
        until_s = pump.lockout.until_s
        go_on(pump, past, warm)
        pump.lockout.until_s = until_s
    recovery._go_on = quietly


def lockout_of_the_new_profile():
    """A lockout that runs is replaced, not kept."""
    def restart(self, now_s, lockout_s):
        self.until_s = now_s + lockout_s
    Lockout.restart = restart


def clock_shortens_lockout():
    """Lockout follows the wall clock: setting it forward shortens it."""
    kept = orders.set_clock

    def set_clock(pump, wall_s, utc_offset_min):
        before_s = pump.board.wall_get()
        kept(pump, wall_s, utc_offset_min)
        if before_s:
            pump.lockout.until_s = max(0, pump.lockout.until_s - max(0, wall_s - before_s))
    orders.set_clock = set_clock


def clock_raises_the_rate():
    """A clock that is set is followed at once, up as well as down."""
    Flex.clock_was_set = Flex.follow


def mark_after_the_stroke():
    """The stroke comes first, then its mark."""
    def stroke(pump):
        permit = pump.guard.ask(pump.clock, pump.tally.total)
        if permit is None:
            return False
        permit.mark = 1
        burst = pump.board.stroke(permit)
        delivery._mark(pump, permit)
        pump.clock.advance(pump.board.now())
        delivery._judge(pump, burst)
        return True
    loop.delivery.stroke = stroke


def prime_cap_forgotten():
    """A restart gives the priming bolus its whole volume again."""
    recover = recovery.recover

    def forgetful(pump, journal_class):
        recover(pump, journal_class)
        pump.ledger.primed = 0
    recovery.recover = forgetful


def prime_not_in_the_limits():
    """Priming strokes weigh on no bolus."""
    Ledger.primed_in = lambda self, now_s, window_s: 0


def clinician_whole_again():
    """A clinician's bolus that was pre-empted begins anew."""
    begin, resume, grant = BolusFlow.begin, BolusFlow.resume, Guard.grant

    def begins(self, tick, volume_nl, duration_s):
        begin(self, tick, volume_nl, duration_s)
        self.whole_ms = duration_s * 1000

    def resumes(self, tick):
        if self.paused:
            self._left_ms = self.whole_ms
        resume(self, tick)

    def grants(self, clock, profile):
        was = self.phase
        grant(self, clock, profile)
        if was == CLINICIAN:
            clinician = _running().tally.clinician
            self._clinician_left_ms = clinician.s * 1000
            self._clinician_left = self.strokes_of(clinician.nl) + 1_000
    BolusFlow.begin, BolusFlow.resume, Guard.grant = begins, resumes, grants


def caught_up():
    """What could not be given in time is given later."""
    made = FlowControl.stroke_made

    def complete(self):
        self.pending += 1

    def stroke_made(self, moved, expected):
        left = self.pending - 1
        made(self, moved, expected)
        self.pending += left
    FlowControl._complete, FlowControl.stroke_made = complete, stroke_made


def no_gate():
    """Strokes may follow each other at once."""
    Guard.gate_left_ms = lambda self, clock: 0
    caught_up()


def one_bolus_too_many():
    """The count allows one more."""
    add = Ledger.add_grant

    def add_grant(self, now_s):
        if not self.grant_count or self.grants[self.grant_count - 1] != 0:
            add(self, now_s)
        self.grant_count = max(0, self.grant_count - 1)
    Ledger.add_grant = add_grant


def first_profile_without_clock():
    """Without a wall clock the first profile applies, not the one with the smallest dose."""
    Programme.weakest = lambda self: 0


def counter_forgotten():
    """A restart forgets which dose command was the last."""
    recover = recovery.recover

    def forgetful(pump, journal_class):
        recover(pump, journal_class)
        pump.tally.counter = 0
    recovery.recover = forgetful


def bolus_under_an_alarm():
    """An alarm that changes the rate does not refuse a bolus."""
    def not_now(guard):
        return 0 if guard.phase in (BASAL, BOLUS, CLINICIAN) else 5
    bolus_rule._not_now = not_now


def bolus_goes_on_after_a_reset():
    """A bolus that a watchdog reset cut off is begun again."""
    go_on = recovery._go_on

    def again(pump, past, warm):
        state = pump.state
        was = state.in_bolus and not state.priming and warm
        go_on(pump, past, warm)
        if was and pump.guard is not None and pump.therapy.running:
            press._begin(pump, pump.profile())
    recovery._go_on = again


def periodic_at_once():
    """The periodic bolus begins with therapy."""
    start = Therapy.start

    def starts(self, clock, second, minimum_rate=False):
        start(self, clock, second, minimum_rate)
        self._pulse_due_s = clock.s
    Therapy.start = starts


def bolus_replaces_basal():
    """Basal pauses while a bolus runs."""
    kept = Therapy.basal_nl_per_h

    def basal(self):
        return 0 if self.patient.running and not self.priming else kept(self)
    Therapy.basal_nl_per_h = basal


def start_after_two_days():
    """After two days without a stroke anybody starts therapy."""
    orders.pauses.too_long = lambda now_s, last_s, off_s: now_s - last_s > 100 * LONG_STOP_S


def one_cut_is_forgotten():
    """Only the time without power before this start counts towards the two days."""
    kept = recovery.rebuild

    def rebuild(tally, ledger, lockout):
        past = kept(tally, ledger, lockout)
        past.off_s = 0
        return past
    recovery.rebuild = rebuild


def wall_clock_unwatched():
    """Nobody looks whether the wall clock still has its time."""
    loop._watch_wall = lambda pump: None


def lost_clock_keeps_the_rate():
    """A wall clock that lost its time is told, and the rate stays as it is."""
    def watch_wall(pump):
        if not pump.board.wall_get():
            alarming.raise_alarm(pump, codes.CLOCK_LOST)
    loop._watch_wall = watch_wall


def jump_is_time_off():
    """A clock that is set forward looks after a power cut like time without power."""
    kept = orders.set_clock

    def set_clock(pump, wall_s, utc_offset_min):
        pump.write_state = lambda: None
        try:
            kept(pump, wall_s, utc_offset_min)
        finally:
            del pump.write_state
    orders.set_clock = set_clock


def gate_rounded_down():
    """The gate between two strokes opens by up to two milliseconds early."""
    def gate_ms(stroke_pl, rate_nl_per_h):
        return stroke_pl * 3600 // rate_nl_per_h * 4 // 5 if rate_nl_per_h else 0
    limits.gate_ms = guard.gate_ms = gate_ms


def prime_while_running():
    """A priming bolus needs no stop."""
    prime_rule._OFF = BASAL


MUTANTS = {function.__name__: function for function in (
    current_basal_only, delivered_only, rest_of_clinician_forgotten, basal_restamped,
    boluses_not_restamped, grants_not_restamped, lockout_from_the_begin,
    lockout_not_after_a_cut, lockout_of_the_new_profile, clock_shortens_lockout,
    clock_raises_the_rate, mark_after_the_stroke, prime_cap_forgotten, prime_not_in_the_limits,
    clinician_whole_again, caught_up, no_gate, one_bolus_too_many, first_profile_without_clock,
    counter_forgotten, bolus_under_an_alarm, bolus_goes_on_after_a_reset, periodic_at_once,
    bolus_replaces_basal, start_after_two_days, one_cut_is_forgotten, wall_clock_unwatched,
    lost_clock_keeps_the_rate, jump_is_time_off, gate_rounded_down, prime_while_running)}
