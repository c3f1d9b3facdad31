"""The guard: alone decides what is allowed (SR02, SR15 to SR21, SR36, SR54, SR64).

It shares nothing with therapy, reads its own limits record, and is asked
before every stroke and every bolus. It answers a stroke with the one permit
that the board accepts, and a bolus with GRANTED or a reason of thecal_wire.

As an automaton: OFF -> BASAL -> BOLUS, CLINICIAN -> BASAL, OFF -> PRIME -> OFF,
driven by `run`, `grant...` and time; a BOLUS during CLINICIAN pauses it.
Strokes are counted in the ledger when their mark is made, before they happen.
"""

from pump.core.bolus_rule import clinician_refusal, patient_refusal
from pump.core.clock import elapsed_ms, plus_ms
from pump.core.conditions import Temperature
from pump.core.envelope import at_highest, most_meanwhile
from pump.core.free_flow import FreeFlow
from pump.core.limits import NO_LIMIT, WINDOWS, gate_ms
from pump.core.occlusion import Occlusion
from pump.core.prime_rule import PRIME_NL_PER_H, prime_refusal, prime_strokes
from pump.core.programme import WINDOWS_S

OFF, BASAL, BOLUS, CLINICIAN, PRIME, MINIMUM = 0, 1, 2, 3, 4, 5
# Made once: written where they are asked for, they would take memory at each control step.
_BOLUSES = (BOLUS, CLINICIAN)
_TIMED = (BOLUS, CLINICIAN, PRIME)  # they end by themselves

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
        self.temperature = Temperature()
        self.phase = OFF
        self.refusal = ALLOWED
        self.blocked = False  # an alarm that leads to no flow is active
        self.alarmed = False  # any alarm that forbids a bolus is active
        self._permit = Permit()
        self._permit.serial = tally_strokes & _SERIAL_MASK  # never one that was used before
        self._tally_strokes = tally_strokes
        self._last_tick = clock.tick
        self._last_s = clock.s
        # Strokes were made before this start, the last perhaps just now: it counts as one.
        self._gated = tally_strokes > 0
        self._gate_ms = limits.gate_ms
        self._end_tick = 0
        self._left = 0  # strokes that may still be made while the bolus runs
        self.extra_permille = 0  # what a stroke weighs above its calibrated volume (wear.py)
        self._extra = 0  # charged in advance; never owed, since a restart forgets it
        self.lockout_s = 0  # of the profile that was granted last
        self.clinician_waits = False  # a clinician bolus is paused by a patient bolus
        self._clinician_left = 0
        self._clinician_left_ms = 0
        self._clinician_spare = 0  # strokes that pauses may add to what flows meanwhile
        self._clinician_gate_ms = 0
        self._clinician_nl_per_h = 0

    # --- what happens ---------------------------------------------------------

    def run(self, on, minimum_rate=False):
        """Therapy was started or stopped by somebody who may."""
        self.phase = (MINIMUM if minimum_rate else BASAL) if on else OFF
        self.clinician_waits = False
        self._gate_ms = self.limits.gate_ms

    def advance(self, clock):
        """Let time pass: buckets move on; returns the phase of a bolus that just ended, or 0."""
        self.ledger.advance(clock.s)
        phase = self.phase
        if phase in _TIMED and elapsed_ms(clock.tick, self._end_tick) >= 0:
            self.end_bolus(clock)
            return phase
        return 0

    def look(self, pressure_pa, flow_raw, now_s):
        """Take in the sensors with the rotor still; None tells nothing."""
        if pressure_pa is not None:
            self.occlusion.look(pressure_pa, now_s)
        if flow_raw is not None:
            self.free_flow.look(flow_raw)

    def take_over(self, former):
        """A new programme, no bolus running: keep what its former guard saw and its last stroke."""
        self.occlusion = former.occlusion
        self.free_flow = former.free_flow
        self.temperature = former.temperature
        self.phase = BASAL if former.phase != OFF else OFF
        self.blocked = former.blocked
        self.alarmed = former.alarmed
        self._permit = former._permit
        self._last_tick = former._last_tick
        self._last_s = former._last_s
        self._gated = former._gated

    def grant(self, clock, profile):
        """A patient bolus that `bolus_refusal` allowed starts now; its grant is in the tally."""
        limits = self.limits
        allowed = limits.profiles[profile]
        if self.phase == CLINICIAN:
            self._clinician_left_ms = max(0, elapsed_ms(self._end_tick, clock.tick))
            # One may be on the way at each cut. And basal that falls into its parts may be more
            # than in as long a time on end: by what flows while it waits, at most.
            waits = most_meanwhile(limits.most, limits.fast_nl_per_h, allowed.s, limits.stroke_pl)
            self._clinician_left = self._left + 1 + min(waits, self._clinician_spare)
            self.clinician_waits = True
        self.ledger.add_grant(clock.s + (1 if clock.ms else 0))  # counts a whole day
        self.lockout_s = allowed.lockout_s
        self._begin(clock, BOLUS, allowed.s * 1000, allowed.strokes_in_bolus, allowed.gate_ms)

    def grant_clinician(self, clock, bolus_nl, duration_s):
        """A clinician bolus that `clinician_refusal` allowed starts now."""
        limits = self.limits
        meanwhile = most_meanwhile(limits.most, limits.fast_nl_per_h, duration_s,
                                   limits.stroke_pl)
        self._clinician_spare = at_highest(limits.fast_nl_per_h, duration_s,
                                           limits.stroke_pl) - meanwhile
        self._clinician_nl_per_h = bolus_nl * 3600 // duration_s
        self._clinician_gate_ms = gate_ms(limits.stroke_pl,
                                          limits.fast_nl_per_h + self._clinician_nl_per_h)
        self._begin(clock, CLINICIAN, duration_s * 1000,
                    self.strokes_of(bolus_nl) + 1 + meanwhile, self._clinician_gate_ms)

    def grant_prime(self, clock, volume_nl, duration_s):
        """A priming bolus that `prime_refusal` allowed starts now; nothing else runs with it."""
        self._begin(clock, PRIME, duration_s * 1000, prime_strokes(self, volume_nl),
                    gate_ms(self.limits.stroke_pl, PRIME_NL_PER_H))

    def end_bolus(self, clock):
        """The bolus is over, complete or not; after a patient's, lockout counts (SR13)."""
        was = self.phase
        if was == BOLUS:
            self.lockout.restart(clock.s + (1 if clock.ms else 0), self.lockout_s)
        if was == BOLUS and self.clinician_waits:
            self.clinician_waits = False
            self._begin(clock, CLINICIAN, self._clinician_left_ms, self._clinician_left,
                        self._clinician_gate_ms)
        elif was in _TIMED:
            self.phase = OFF if was == PRIME else BASAL
            self._gate_ms = self.limits.gate_ms

    def drop_clinician(self):
        """The paused clinician bolus will not resume."""
        self.clinician_waits = False

    def charge(self, permit, mark, clock):
        """The mark of a permitted stroke is made: from now on it counts as delivered."""
        permit.mark = mark
        self._count(clock.s)
        if self._extra < self.extra_permille:
            self._count(clock.s)
            self._extra += 1000
        self._extra -= self.extra_permille
        self._tally_strokes += 1
        self._last_tick = clock.tick
        self._last_s = clock.s
        self._gated = True
        if self.phase in _TIMED:
            self._left -= 1

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
        return self._gate_ms

    def gate_left_ms(self, clock):
        """Time until the gate opens for the next stroke."""
        if not self._gated or clock.s - self._last_s > self._gate_ms // 1000 + 1:
            return 0
        left_ms = self._gate_ms - elapsed_ms(clock.tick, self._last_tick)
        return left_ms if left_ms > 0 else 0

    def bolus_refusal(self, clock, reservoir_nl, profile=0):
        """Return codes.GRANTED if a patient bolus may start now, else the reason why not."""
        return patient_refusal(self, clock, reservoir_nl, profile)

    def clinician_refusal(self, clock, reservoir_nl, bolus_nl):
        """Return codes.GRANTED if a clinician bolus of this volume may start now, else why not."""
        return clinician_refusal(self, clock, reservoir_nl, bolus_nl)

    def prime_refusal(self, reservoir_nl, volume_nl):
        """Return codes.GRANTED if a priming bolus of this volume may start now, else why not."""
        return prime_refusal(self, reservoir_nl, volume_nl)

    def strokes_of(self, volume_nl):
        """Strokes that a volume can take, never fewer."""
        return -(-volume_nl * 1000 // self.limits.stroke_pl)

    def rest_of_clinician(self, tick):
        """Strokes that a running or paused clinician bolus may still take, never too few."""
        if self.phase == CLINICIAN:
            left_ms = max(0, elapsed_ms(self._end_tick, tick))
        elif self.clinician_waits:
            left_ms = self._clinician_left_ms
        else:
            return 0
        return self.strokes_of(self._clinician_nl_per_h * (left_ms // 1000 + 1) // 3600 + 1)

    def used_strokes(self, now_s, window_s=WINDOWS_S[2]):
        """Strokes that count against the dose limit of a window now."""
        return self.ledger.in_window(now_s, window_s)

    def within_limits(self, now_s):
        """True if one more stroke fits into every window that has a limit."""
        windows = self.limits.windows
        more = 2 if self._extra < self.extra_permille else 1  # as `charge` will count it
        for i in range(WINDOWS):
            if (windows[i] != NO_LIMIT
                    and self.used_strokes(now_s, WINDOWS_S[i]) + more > windows[i]):
                return False
        return not self.ledger.full()

    # --- parts of them --------------------------------------------------------

    def _begin(self, clock, phase, span_ms, strokes, least_ms):
        self.phase = phase
        self._end_tick = plus_ms(clock.tick, span_ms)
        self._left = strokes
        self._gate_ms = least_ms

    def _count(self, now_s):
        """Count one stroke; those believed larger than calibrated count for more, rounded up."""
        if self.phase == PRIME:
            self.ledger.add_primed(now_s)
        else:
            self.ledger.add(self.phase in _BOLUSES)

    def _stroke_refusal(self, clock, tally_strokes):
        phase = self.phase
        if phase == OFF:
            return IS_OFF
        if (self.blocked or self.occlusion.blocked or self.free_flow.present()
                or self.temperature.outside):
            return BLOCKED
        if tally_strokes != self._tally_strokes:
            return TALLY_WRONG
        if self._gate_ms == 0 or self.gate_left_ms(clock):
            return TOO_SOON
        if self._left <= 0 and phase in _TIMED:
            return BOLUS_SPENT
        if phase != PRIME and not self.within_limits(clock.s):
            return LIMIT
        return ALLOWED
