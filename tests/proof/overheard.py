"""What the firmware tells of itself (its log, its strokes, its looks), put before the judge."""

from pump.app import loop
from tests.proof.flows import LATE_MS
from thecal_wire import codes, events

HELD_BACK_MS = 1_000  # when the loop asks again for a stroke that was refused
LONG_HELD_BACK_MS = 30_000  # while a limit holds basal back, to save time: no bolus runs then
OCCLUSION_PA = 50_000


class Overheard:
    """A part of Life."""

    def logged(self, kind, values):
        """A record was written."""
        if self.booting is not None:
            self.booting.append((kind, values))
        elif self.judge is not None:
            self._take(kind, values)

    def _take(self, kind, values):
        judge, now = self.judge, self.now()
        if kind == events.PRESS:
            self._pressed(values[0])
        elif kind == events.DOSE_COMMAND:
            self.told = True
            self._commanded(values[1])
        elif kind == events.BOLUS_START:
            run, which = self._run(values[0])
            self.note(f"{which} bolus begins, {values[1]} nL in {values[2]} s")
            if self.granted.get(which) != (values[1], values[2]) and which != "prime":
                self.found(f"begin: {which} bolus {values[1:]}, granted {self.granted}")
            self._remember()
        elif kind == events.BOLUS_END:
            which = self._run(values[0])[1]
            self.note(f"{which} bolus ends, {codes.BOLUS_ENDS[values[2]]}")
            self.check(judge.ends(now, which, values[2] == codes.END_COMPLETE))
            self._count(f"bolus ended: {which} {codes.BOLUS_ENDS[values[2]]}")
        elif kind in (events.ALARM_BEGIN, events.ALARM_END):
            self._alarm(values[0], kind == events.ALARM_BEGIN)
        elif kind == events.PRESCRIBED:
            self.plan = self.next_plan
            self.check(judge.new_plan(now, self.plan))
            self._remember()
        elif kind == events.REFILLED:
            self.note(f"refilled {values[0]} nL")
            self.check(judge.refill(now))
            self._remember()
        elif kind == events.CLOCK_SET:
            judge.clock(now, self.board.wall_ms // 1000, self.pump.utc_offset_min)
            self.wall_lost_ms = None

    def _alarm(self, code, on):
        name, _priority, rate, _latched, _text = codes.ALARMS[code]
        self.note(f"alarm {name} {'begins' if on else 'ends'}")
        judge, now = self.judge, self.now()
        if on:
            self._count(f"alarm: {name}")
            if code == codes.DOSE_LIMIT_HIT:
                loop.HELD_BACK_MS = LONG_HELD_BACK_MS
                self.check(judge.limit_hit(now))
            if code == codes.LONG_STOPPED and not judge.may_be_long(now):
                self.found(f"starvation: long stop after {judge.idle_ms(now) / 3_600_000:.2f} h")
            if code == codes.STORE_DEFECT:
                self.found("store: the memory is said to be defective")
            if code == codes.CLOCK_LOST:
                judge.lost_wall(now)
                self.wall_lost_ms = None
        self.check(judge.alarms_change(now, name, on, rate != codes.RATE_UNCHANGED,
                                       rate == codes.RATE_STOP))
        if code == codes.LONG_STOPPED and not on:
            judge.let(now)
        if code == codes.DOSE_LIMIT_HIT and not on:
            loop.HELD_BACK_MS = HELD_BACK_MS

    def _run(self, bolus_id):
        if bolus_id == self.pump.tally.clinician.id:
            return self.pump.tally.clinician, "clinician"
        run = self.pump.tally.bolus
        return run, "prime" if self.judge.bolus("prime") or run.id == self.prime_id else "patient"

    def _pressed(self, result):
        verdict = codes.error_name(result) if result else "granted"
        number = self.pump.profile()
        self.note(f"press of profile {number}: {verdict}")
        self._count(f"patient: {verdict}")
        self.check(self.judge.patient(self.now(), number, verdict,
                                      self.pump.state.reservoir_nl, self._local()))
        if verdict == "granted":
            _start, dose_ng, duration_s, _lockout, _count = self.plan.profiles[number]
            self.granted["patient"] = self.plan.volume_nl(dose_ng), duration_s
            self._remember()

    def _local(self):
        board = self.board
        if not board.wall_valid:
            return None
        return (board.wall_ms // 1000 + 3 * 86_400
                + self.pump.utc_offset_min * 60) % 604_800

    def _commanded(self, result, field=False):
        kind, counter, volume_nl, duration_s = self.asked
        verdict = "field" if field else codes.error_name(result) if result else "granted"
        self.note(f"{kind} {volume_nl} nL in {duration_s} s, counter {counter}: {verdict}")
        self._count(f"{kind}: {verdict}")
        reservoir_nl = self.pump.state.reservoir_nl
        if kind == "clinician":
            self.check(self.judge.clinician(self.now(), volume_nl, duration_s, verdict,
                                            reservoir_nl, counter))
        else:
            self.check(self.judge.prime(self.now(), volume_nl, verdict, reservoir_nl, counter))
            if verdict == "granted":
                self.prime_id = self.pump.tally.bolus.id
        if verdict == "granted":
            self.counter = counter
            self.granted[kind] = volume_nl, duration_s
            self._remember()

    def stroke(self):
        """The rotor turned."""
        judge, board = self.judge, self.board
        if judge is None:
            self.found("stroke: before any therapy")
        if board.pressure_pa >= OCCLUSION_PA and not board.blind and self.looks > 1:
            self.found("stroke: into a blocked line")
        self._count("strokes")
        self.check(judge.one_stroke(self.now(), not board.stuck and not board.blind))

    def looked(self):
        """The firmware looks at the sensors, before it asks for a stroke."""
        self.looks += 1
        self.woke()

    def woke(self):
        """Did a periodic bolus begin, and was a clock noticed?"""
        pump = self.pump
        if self.judge is None or pump.therapy is None:
            return
        if self.wall_lost_ms is not None and pump.therapy.flex.step == 0xFF:
            self.judge.lost_wall(self.now())  # the pump has noticed, the alarm may follow
        if self.wrong_rate_ms is not None:
            self.judge.flow_to(self.now())
            self._check_rate()
        pulse = pump.therapy.pulse
        if not pulse.running:
            if self.pulse_end is not None:
                self.pulse_end = None
                self.judge.periodic_over(self.now())
        elif self.pulse_end != (pump.boot_s, pulse.end_tick):
            self.pulse_end = pump.boot_s, pulse.end_tick
            self._count("periodic bolus")
            self.note("periodic bolus begins")
            self.check(self.judge.periodic(self.now()))

    def longest_sleep_ms(self):
        """To the next quarter hour of pump time and a little; seconds if something is overdue."""
        state, therapy, clock = self.pump.state, self.pump.therapy, self.pump.clock
        if therapy is not None:
            ended = (state.in_bolus and not therapy.patient.running) or (
                state.in_clinician and not therapy.clinician.running
                and not therapy.clinician.paused)
            if ended or (therapy.flow.pending and loop.HELD_BACK_MS == HELD_BACK_MS):
                return LATE_MS
        return 900_000 - (clock.s % 900) * 1000 - clock.ms + self.chance.choice((0, 0, 1, 3_000))
