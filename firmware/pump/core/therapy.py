"""What is wanted: continuous basal and the patient bolus (SR04, SR05, SR98).

Therapy only wants; the guard decides. A bolus adds its rate for its duration
and never changes the basal rate beneath.
"""

from pump.core.alarms import safe_rate_nl_per_h
from pump.core.clock import elapsed_ms, plus_ms
from pump.core.flow import FlowControl
from thecal_wire import codes


class Therapy:
    """Wants flow for a Programme: stopped, running, or running with a bolus."""

    def __init__(self, programme, tick):
        self.programme = programme
        self.flow = FlowControl(programme.stroke_pl, tick)
        self.running = False
        self.in_bolus = False
        self._bolus_end_tick = 0
        self.bolus_strokes = 0  # made while the present or last bolus ran

    def start(self, tick):
        """Run the basal programme; the first stroke waits a full interval."""
        self.flow.restart(tick)
        self.running = True
        self._set_rate(tick)

    def stop(self, tick):
        """Want nothing any more."""
        self.end_bolus(tick)
        self.running = False
        self.flow.set_rate(tick, 0)
        self.flow.restart(tick)

    def start_bolus(self, tick):
        """Add the bolus to the basal rate for its duration."""
        self.in_bolus = True
        self.bolus_strokes = 0
        self._bolus_end_tick = plus_ms(tick, self.programme.bolus_s * 1000)
        self._set_rate(tick)

    def end_bolus(self, tick):
        """Go back to basal, at the bolus's end or before; told late, it ends in time."""
        if self.in_bolus:
            self.in_bolus = False
            if elapsed_ms(tick, self._bolus_end_tick) > 0:
                tick = self._bolus_end_tick
            self._set_rate(tick)

    def limit_rate(self, tick, alarm_rate):
        """An alarm leads to a rate: hold all flow, or keep basal (SR06, SR07).

        Called again when it changes. What is ordered meanwhile is lost.
        """
        if alarm_rate == codes.RATE_UNCHANGED:
            self.flow.hold(tick, False)
            return
        self.end_bolus(tick)
        basal = self.programme.basal_nl_per_h
        safe = safe_rate_nl_per_h(basal, basal, alarm_rate)
        self.flow.hold(tick, safe == 0 and self.running)

    def advance(self, tick):
        """Integrate up to `tick`; a bolus ends on its own millisecond."""
        if self.in_bolus and elapsed_ms(tick, self._bolus_end_tick) >= 0:
            self.end_bolus(self._bolus_end_tick)
        self.flow.advance(tick)

    def next_due_ms(self, tick):
        """Time until therapy wants something, or None."""
        due_ms = self.flow.next_due_ms(tick) if self.running else None
        if self.in_bolus:
            end_ms = max(0, elapsed_ms(self._bolus_end_tick, tick))
            due_ms = end_ms if due_ms is None else min(due_ms, end_ms)
        return due_ms

    def bolus_left_ms(self, tick):
        """Time left of the running bolus, 0 if there is none."""
        return max(0, elapsed_ms(self._bolus_end_tick, tick)) if self.in_bolus else 0

    def stroke_made(self, moved, expected):
        """A stroke was made; the encoder saw `moved` of `expected` counts."""
        self.flow.stroke_made(moved, expected)
        if self.in_bolus:
            self.bolus_strokes += 1

    def rate_nl_per_h(self):
        """What is wanted now, 0 while held."""
        return 0 if self.flow.held or not self.running else self.flow.rate_nl_per_h

    def _set_rate(self, tick):
        rate = self.programme.basal_nl_per_h
        if self.in_bolus:
            rate += self.programme.bolus_nl_per_h
        self.flow.set_rate(tick, rate if self.running else 0)


def bolus_share_nl(programme, strokes):
    """Volume of the bolus itself in `strokes` made while it ran, basal's share taken off."""
    total = programme.basal_nl_per_h + programme.bolus_nl_per_h
    if total == 0:
        return 0
    volume_nl = strokes * programme.stroke_pl // 1000 * programme.bolus_nl_per_h // total
    return min(volume_nl, programme.bolus_nl)
