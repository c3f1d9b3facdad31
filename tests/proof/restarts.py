"""Power cuts and watchdog resets: what was done before one, and what the pump makes of it."""

from pump.app import loop
from tests.proof.body import PowerCut
from tests.proof.fast import profiles_that_apply
from tests.proof.overheard import HELD_BACK_MS
from thecal_wire import codes, events

HOUR_MS = 3_600_000
SECOND_MS = 1_000
# A pump's clock may lose what is neither in a mark nor in a page: one each quarter hour.
LOST_MS = 900_000 + 10_000
LOST_WARM_MS = 9_000


class Restarts:
    """A part of Life."""

    def _pump_ms(self):
        return self.pump.clock.s * 1000 + self.pump.clock.ms

    def _remember(self):
        tally = self.pump.tally
        self.bounds = [tally.bolus.id, tally.clinician.id, self.pump.programme_slot.generation,
                       (tally.refilled_nl, tally.refill_total)]

    def _cut(self, cause):
        board = self.board
        cold = cause == codes.RESET_POWER
        off_ms = self._power_off() if cold else 0
        self._count("power cuts" if cold else "watchdog resets")
        self.note(f"{'power cut' if cold else 'watchdog reset'} while {self.doing or 'idle'}, "
                  f"{off_ms} ms off")
        self.request, self.then = None, ""
        self.judge.jumped |= self.doing == "set clock"
        loop.HELD_BACK_MS = HELD_BACK_MS
        told, cold = self._recover(cause)
        lost_ms = self.now() - self._pump_ms() - self.offset_ms
        self.offset_ms += lost_ms
        if not -SECOND_MS < lost_ms <= (LOST_MS if cold else LOST_WARM_MS):
            self.found(f"clock: pump time lost {lost_ms} ms")
        self._catch_up()
        phantoms = self.pump.tally.total - board.strokes
        if phantoms < self.phantoms:
            self.found(f"tally: {self.pump.tally.total} marks, {board.strokes} strokes")
        known_ms = off_ms if board.wall_valid else 0
        self.check(self.judge.restarts(self.now(), max(0, lost_ms), known_ms, cold,
                                       phantoms - self.phantoms))
        self.phantoms = phantoms
        self.judge.wall_after(board.wall_ms, self.pump.utc_offset_min, board.wall_valid)
        self.offset_min = self.pump.utc_offset_min
        self.wall_lost_ms = self.wrong_rate_ms = self.pulse_end = None
        self._remember()
        self._still_runs()
        for kind, values in told:
            if kind in (events.ALARM_BEGIN, events.ALARM_END):
                self._alarm(values[0], kind == events.ALARM_BEGIN)
        if (cold and self.judge.long_stopped(self.now())
                and not self.pump.alarms.is_active(codes.LONG_STOPPED)):
            self.found("restart: 48 h without a stroke, and therapy goes on by itself")
        self.doing = ""
        self.asked = None
        board.until_ms = self.now()
        board.flow_raw = 0

    def _power_off(self):
        """The wall clock goes on, or loses its time; returns how long power was off."""
        board, chance = self.board, self.chance
        off_ms = chance.choice((1, 10, 1_000, 30_000, 600_000, HOUR_MS, 5 * HOUR_MS))
        if chance.random() < (0.4 if self.long_off else 0.02):  # a second one soon
            off_ms = chance.choice((23, 30, 49)) * HOUR_MS
            self._count("long times without power")
        self.long_off = off_ms > 20 * HOUR_MS
        board.wall_ms += off_ms
        if chance.random() < 0.15:
            board.wall_valid = False
            self._count("power cuts that lose the wall clock")
        return off_ms

    def _recover(self, cause):
        """Start the firmware, now and then cut once more; returns its log and if it was cold."""
        board, chance = self.board, self.chance
        self.booting = []
        while True:
            board.reboot(cause)
            if chance.random() < 0.05:
                board.cut_in = chance.randrange(12)
            try:
                self._start_firmware()
                break
            except PowerCut:
                cause = codes.RESET_POWER
                self._count("power cuts in recovery")
        board.cut_in = None
        told, self.booting = self.booting, None
        return told, cause == codes.RESET_POWER

    def _still_runs(self):
        """Therapy goes on as ordered; an order that was under way is done or not done."""
        state, now = self.pump.state, self.now()
        if state.running != self.running and self.doing not in ("start", "stop"):
            self.found(f"restart: running is {state.running}, ordered {self.running}")
        if state.running and self.doing == "start":
            self.check(self.judge.runs(now, True, state.minimum_rate))
        elif self.running and not state.running:
            self.check(self.judge.rests(now))
        self.running = state.running
        if self.judge.minimum and not state.minimum_rate:
            self.check(self.judge.minimum_rate(now, False))
        if state.in_bolus or state.in_clinician or state.priming:
            self.found("restart: a bolus goes on")

    def _catch_up(self):
        """What was done, and the log had no time to tell."""
        tally, judge, now = self.pump.tally, self.judge, self.now()
        bolus_id, clinician_id, generation, refill = self.bounds
        if self.pump.programme_slot.generation != generation:
            self.plan = self.next_plan
            self.check(judge.new_plan(now, self.plan))
        elif self.doing == "prescribe":  # its lockout may stand already
            judge.maybe_locked(now, self.next_plan)
        if (tally.refilled_nl, tally.refill_total) != refill:
            self.check(judge.refill(now))
        elif self.doing == "refill":
            judge.maybe_locked(now, self.plan)
        reservoir_nl = self.pump.state.reservoir_nl + 1_000
        if tally.bolus.id != bolus_id:
            if self.doing == "prime":
                self.prime_id = tally.bolus.id
                kind, counter, volume_nl, _duration_s = self.asked
                self.check(judge.prime(now, volume_nl, "granted", reservoir_nl, counter))
                self.counter = counter
            elif self.doing == "press":
                self._late_grant(tally.bolus, reservoir_nl)
            else:
                self.found(f"restart: a bolus nobody asked for, while {self.doing}")
        if tally.clinician.id != clinician_id:
            if self.doing != "clinician":
                self.found("restart: a clinician bolus nobody asked for")
            kind, counter, volume_nl, duration_s = self.asked
            self.check(judge.clinician(now, volume_nl, duration_s, "granted", reservoir_nl,
                                       counter))
            self.counter = counter
        if self.pump.tally.counter != self.counter:
            self.found(f"restart: the counter is {self.pump.tally.counter}, not {self.counter}")

    def _late_grant(self, run, reservoir_nl):
        local_s = self.local_at_press
        for number in profiles_that_apply(self.judge.programme, local_s):
            _start, dose_ng, duration_s, lockout_s, _count = self.plan.profiles[number]
            if (self.plan.volume_nl(dose_ng), duration_s, lockout_s) == (run.nl, run.s,
                                                                        run.lockout_s):
                self._count("patient: granted")
                self.check(self.judge.patient(self.now(), number, "granted", reservoir_nl,
                                              local_s))
                return
        self.found("restart: a bolus of no profile that applies")
