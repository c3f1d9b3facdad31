"""The guard: alone decides what is allowed (SR02, SR15 to SR21, SR54, SR64).

It shares nothing with therapy, reads its own limits record, and is asked
before every stroke and every bolus. It answers a stroke with the one permit
that the board accepts, and a bolus with GRANTED or a reason of thecal_wire.

As an automaton: phase OFF -> BASAL -> BOLUS -> BASAL, driven by `run`, `grant`
and time; strokes are counted in the ledger when their mark is made, before
they happen.
"""

from pump.core.clock import elapsed_ms, plus_ms
from pump.core.free_flow import FreeFlow
from pump.core.occlusion import Occlusion
from pump.core.window_rule import worst_load
from thecal_wire import codes

OFF, BASAL, BOLUS = 0, 1, 2

# Why a stroke is refused.
ALLOWED, IS_OFF, BLOCKED, TOO_SOON, LIMIT, BOLUS_SPENT, TALLY_WRONG = 0, 1, 2, 3, 4, 5, 6

_SERIAL_MASK = 0x0FFFFFFF


class Permit:
    """Leave for one stroke: its serial, and the number of the tally mark made for it."""

    def __init__(self):
        self.serial = 0
        self.mark = 0  # 0 = not marked yet: the board refuses it


class Guard:
    """Permits strokes and boluses within `limits`, from the ledger and pump time alone."""

    def __init__(self, limits, ledger, lockout, clock, tally_strokes):
        self.limits = limits
        self.ledger = ledger
        self.lockout = lockout
        self.occlusion = Occlusion(limits.occlusion_pa)
        self.free_flow = FreeFlow(limits.free_flow_raw)
        self.phase = OFF
        self.refusal = ALLOWED
        self.blocked = False  # an alarm that leads to no flow is active
        self.alarmed = False  # any alarm that forbids a bolus is active
        self._permit = Permit()
        self._permit.serial = tally_strokes & _SERIAL_MASK  # never one that was used before
        self._tally_strokes = tally_strokes
        self._last_tick = clock.tick
        self._last_s = clock.s
        self._gated = False  # no stroke yet: nothing to keep a distance from
        self._bolus_end_tick = 0
        self._bolus_left = 0

    # --- what happens ---------------------------------------------------------

    def run(self, on):
        """Therapy was started or stopped by somebody who may."""
        self.phase = BASAL if on else OFF

    def advance(self, clock):
        """Let time pass: buckets move on, a bolus ends; returns True when one just did."""
        self.ledger.advance(clock.s)
        if self.phase == BOLUS and elapsed_ms(clock.tick, self._bolus_end_tick) >= 0:
            self.end_bolus(clock)
            return True
        return False

    def look(self, pressure_pa, flow_raw, now_s):
        """Take in the sensors with the rotor still; None tells nothing."""
        if pressure_pa is not None:
            self.occlusion.look(pressure_pa, now_s)
        if flow_raw is not None:
            self.free_flow.look(flow_raw)

    def take_over(self, former):
        """A new programme: keep what its former guard saw and the distance to its last stroke."""
        self.occlusion = former.occlusion
        self.free_flow = former.free_flow
        self.phase = BASAL if former.phase != OFF else OFF
        self.blocked = former.blocked
        self.alarmed = former.alarmed
        self._permit = former._permit
        self._last_tick = former._last_tick
        self._last_s = former._last_s
        self._gated = former._gated

    def grant(self, clock):
        """A bolus that `bolus_refusal` allowed starts now; its grant is in the tally."""
        self.ledger.add_grant(clock.s + (1 if clock.ms else 0))  # counts a whole day
        self.phase = BOLUS
        self._bolus_end_tick = plus_ms(clock.tick, self.limits.bolus_s * 1000)
        self._bolus_left = self.limits.strokes_in_bolus

    def end_bolus(self, clock):
        """The bolus is over, complete or not: lockout counts from here (SR13)."""
        if self.phase == BOLUS:
            self.phase = BASAL
        self.lockout.restart(clock.s + (1 if clock.ms else 0))

    def charge(self, permit, mark, clock):
        """The mark of a permitted stroke is made: from now on it counts as delivered."""
        permit.mark = mark
        self.ledger.add(self.phase == BOLUS)
        self._tally_strokes += 1
        self._last_tick = clock.tick
        self._last_s = clock.s
        self._gated = True
        if self.phase == BOLUS:
            self._bolus_left -= 1

    # --- what is asked --------------------------------------------------------

    def ask(self, clock, tally_strokes):
        """Return the permit for one stroke now, or None with the reason in `refusal`."""
        self.refusal = self._stroke_refusal(clock, tally_strokes)
        if self.refusal != ALLOWED:
            return None
        self._permit.serial = (self._permit.serial + 1) & _SERIAL_MASK
        self._permit.mark = 0
        return self._permit

    def gate_ms(self):
        """The least time between two strokes now: a quarter above the highest rate."""
        return self.limits.gate_bolus_ms if self.phase == BOLUS else self.limits.gate_basal_ms

    def gate_left_ms(self, clock):
        """Time until the gate opens for the next stroke."""
        if not self._gated or clock.s - self._last_s > self.gate_ms() // 1000 + 1:
            return 0
        left_ms = self.gate_ms() - elapsed_ms(clock.tick, self._last_tick)
        return left_ms if left_ms > 0 else 0

    def bolus_refusal(self, clock, reservoir_nl):
        """Return codes.GRANTED if a patient bolus may start now, else the reason why not."""
        limits = self.limits
        if self.phase == OFF:
            return codes.NOT_RUNNING
        if self.blocked or self.alarmed:
            return codes.ALARM
        if limits.count_per_24h == 0:
            return codes.UNAVAILABLE
        if self.phase == BOLUS:
            return codes.BOLUS_ACTIVE
        if self.lockout.left_s(clock.s, limits.lockout_s):
            return codes.LOCKOUT
        if self.ledger.grant_count >= limits.count_per_24h:
            return codes.COUNT
        if reservoir_nl < limits.bolus_strokes * limits.stroke_pl // 1000:
            return codes.RESERVOIR
        # One more: a stroke may be pending, and the next nearly full.
        worst = worst_load(self.ledger, clock.s, limits.window_s, limits.bolus_strokes + 1,
                           limits.interval_ms)
        return codes.DOSE_LIMIT if worst > limits.limit_strokes else codes.GRANTED

    def used_strokes(self, now_s):
        """Strokes that count against the dose limit now."""
        return self.ledger.in_window(now_s, self.limits.window_s)

    def _stroke_refusal(self, clock, tally_strokes):
        if self.phase == OFF:
            return IS_OFF
        if self.blocked or self.occlusion.blocked or self.free_flow.present():
            return BLOCKED
        if tally_strokes != self._tally_strokes:
            return TALLY_WRONG
        if self.gate_ms() == 0 or self.gate_left_ms(clock):
            return TOO_SOON
        if self.phase == BOLUS and self._bolus_left == 0:
            return BOLUS_SPENT
        if self.ledger.full() or self.used_strokes(clock.s) + 1 > self.limits.limit_strokes:
            return LIMIT
        return ALLOWED
