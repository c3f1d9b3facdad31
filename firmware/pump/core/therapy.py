"""What is wanted: basal by the time of day, periodic and requested boluses (SR04, SR05, SR98).

Therapy only wants; the guard decides. A bolus adds its rate for its duration
and never changes the basal rate beneath. Priming and the minimum rate run
instead of the programme.
"""

from pump.core.bolus_flow import BolusFlow
from pump.core.clock import elapsed_ms
from pump.core.flex import Flex
from pump.core.flow import FlowControl
from pump.core.prime_rule import PRIME_NL_PER_H
from pump.core.safe_rate import safe_rate_nl_per_h
from thecal_wire import codes

_FAR_S = 3_600  # a wait is told up to here


class Therapy:
    """Wants flow for a Programme. Times are a Clock; seconds are pump time."""

    def __init__(self, programme, tick):
        self.programme = programme
        self.flow = FlowControl(programme.stroke_pl, tick)
        self.flex = Flex(programme.week, programme.rates)
        self.running = False
        self.minimum_rate = False
        self.priming = False
        self.patient = BolusFlow()
        self.clinician = BolusFlow()
        self.pulse = BolusFlow()
        self._boluses = (self.patient, self.clinician, self.pulse)  # no memory taken in a step
        self._pulse_due_s = self._pulse_due_ms = 0  # pump time, and the ms within its second
        self._safe = False  # an alarm limits the rate to the lowest step

    # --- orders ---------------------------------------------------------------

    def start(self, clock, second, minimum_rate=False):
        """Run the programme, or the minimum rate; the first stroke waits a full interval."""
        self.flow.restart(clock.tick)
        self.running = True
        self.minimum_rate = minimum_rate
        self.flex.follow(clock.s, second)
        self._await_pulse(clock)
        self._set_rate(clock.tick)

    def stop(self, tick):
        """Want nothing any more."""
        self._end_all(tick)
        self.running = self.priming = False
        self.flow.set_rate(tick, 0)
        self.flow.restart(tick)

    def start_bolus(self, tick, volume_nl, duration_s):
        """Add a patient bolus; a clinician bolus waits meanwhile."""
        self.clinician.pause(tick)
        self.patient.begin(tick, volume_nl, duration_s)
        self._set_rate(tick)

    def start_clinician(self, tick, volume_nl, duration_s):
        """Add a clinician bolus."""
        self.clinician.begin(tick, volume_nl, duration_s)
        self._set_rate(tick)

    def start_prime(self, tick, volume_nl, duration_s):
        """Give a priming bolus, and nothing else."""
        self.flow.restart(tick)
        self.running = self.priming = True
        self.patient.begin(tick, volume_nl, duration_s)
        self._set_rate(tick)

    def end_bolus(self, tick):
        """The patient or priming bolus ends, in time even if told late; a paused one resumes."""
        self._end_over(tick)
        if self.patient.running:
            self._end_patient(tick)

    def end_clinician(self, tick):
        """The clinician bolus ends, in time even if told late."""
        self._end_over(tick)
        if self.clinician.running or self.clinician.paused:
            self.clinician.end()
            self._set_rate(tick)

    def limit_rate(self, clock, alarm_rate):
        """An alarm leads to a rate: hold all flow, or the lowest step (SR06, SR07).

        Called again when it changes. What is ordered meanwhile is lost.
        """
        tick = clock.tick
        was_safe = self._safe
        self._safe = alarm_rate != codes.RATE_UNCHANGED
        if self._safe:
            self._end_all(tick)
        elif was_safe and self._pulse_left_ms(clock) <= 0:
            self._await_pulse(clock)
        stopped = alarm_rate == codes.RATE_STOP
        lowest = self.programme.lowest_nl_per_h
        self._set_rate(tick)
        self.flow.hold(tick, self.running and (stopped or (self._safe and lowest == 0)))

    def clock_was_set(self, clock, second):
        """The wall clock jumped."""
        self.flex.clock_was_set(clock.s, second)
        self._set_rate(clock.tick)

    # --- time -----------------------------------------------------------------

    def advance(self, clock):
        """Integrate up to now; a bolus ends on its own millisecond."""
        tick = clock.tick
        self._end_over(tick)
        if self._wants_pulse() and self._pulse_left_ms(clock) <= 0:
            self._await_pulse(clock)
            self.pulse.begin(tick, self.programme.pulse_nl, self.programme.pulse_s)
            self._set_rate(tick)
        self.flow.advance(tick)

    def step_due(self, now_s):
        """True when a step of the programme starts: `follow` the clock then."""
        return self.running and not self.priming and now_s >= self.flex.due_s

    def follow(self, clock, second):
        """A step starts: take the rate from the wall clock; returns True if it changed."""
        before = self.flex.rate_nl_per_h
        self.flex.follow(clock.s, second)
        self._set_rate(clock.tick)
        return self.flex.rate_nl_per_h != before

    def next_due_ms(self, clock):
        """Time until therapy wants something, or None."""
        if not self.running:
            return None
        tick = clock.tick
        due_ms = self.flow.next_due_ms(tick)
        due_ms = _sooner(due_ms, self.patient, tick)
        due_ms = _sooner(due_ms, self.clinician, tick)
        due_ms = _sooner(due_ms, self.pulse, tick)
        if self.priming:
            return due_ms
        left_ms = _left_ms(clock, self.flex.due_s, 0)
        if self._wants_pulse():
            left_ms = min(left_ms, self._pulse_left_ms(clock))
        left_ms = max(0, left_ms)
        return left_ms if due_ms is None or left_ms < due_ms else due_ms

    # --- strokes --------------------------------------------------------------

    def stroke_made(self, moved, expected):
        """A stroke was made; the encoder saw `moved` of `expected` counts."""
        self.flow.stroke_made(moved, expected)
        if self.patient.running:
            self.patient.strokes += 1
        elif self.clinician.running:
            self.clinician.strokes += 1

    def rate_nl_per_h(self):
        """What is wanted now, 0 while held."""
        return 0 if self.flow.held or not self.running else self.flow.rate_nl_per_h

    def basal_nl_per_h(self):
        """The basal rate now."""
        if self.minimum_rate:
            return self.programme.minimum_nl_per_h
        basal = self.flex.rate_nl_per_h
        if self._safe:
            lowest = self.programme.lowest_nl_per_h
            return safe_rate_nl_per_h(basal, lowest, codes.RATE_SAFE)
        return basal

    def _wants_pulse(self):
        return (self.programme.pulse_nl > 0 and self.running and not self.priming
                and not self.minimum_rate and not self._safe)

    def _await_pulse(self, clock):
        """The next periodic bolus begins a whole interval from now."""
        self._pulse_due_s = clock.s + self.programme.pulse_interval_s
        self._pulse_due_ms = clock.ms

    def _pulse_left_ms(self, clock):
        return _left_ms(clock, self._pulse_due_s, self._pulse_due_ms)

    def _end_over(self, tick):
        """End what is over, the earliest first: each gives up to its own millisecond."""
        while True:
            first = None
            for bolus in self._boluses:
                if bolus.over(tick) and (
                        first is None or elapsed_ms(bolus.end_tick, first.end_tick) < 0):
                    first = bolus
            if first is None:
                return
            if first is self.patient:
                self._end_patient(first.end_tick)
            else:
                first.end()
                self._set_rate(first.end_tick)

    def _end_patient(self, tick):
        self.patient.end()
        self.clinician.resume(tick)
        self._set_rate(tick)

    def _end_all(self, tick):
        self.end_bolus(tick)
        self.end_clinician(tick)
        self.pulse.end()

    def _set_rate(self, tick):
        if self.priming:
            rate = PRIME_NL_PER_H if self.patient.running else 0
        else:
            rate = self.basal_nl_per_h()
            for bolus in self._boluses:
                if bolus.running:
                    rate += bolus.rate_nl_per_h
        self.flow.set_rate(tick, rate if self.running else 0)


def bolus_share_nl(bolus_nl, bolus_nl_per_h, basal_nl_per_h, strokes, stroke_pl):
    """Volume of the bolus itself in `strokes` made while it ran, basal's share taken off."""
    total = basal_nl_per_h + bolus_nl_per_h
    if total == 0:
        return 0
    return min(strokes * stroke_pl // 1000 * bolus_nl_per_h // total, bolus_nl)


def _left_ms(clock, due_s, due_ms):
    left_s = max(-1, min(due_s - clock.s, _FAR_S))
    return left_s * 1000 + due_ms - clock.ms


def _sooner(due_ms, bolus, tick):
    if not bolus.running:
        return due_ms
    left_ms = bolus.left_ms(tick)
    return left_ms if due_ms is None or left_ms < due_ms else due_ms
