"""What can happen to a pump, how often, and at which moments."""

from pump.link.session import Refused
from tests.oracles.dosing_programme import DAY_MS, highest_step
from tests.proof.body import PowerCut
from tests.proof.flows import LATE_MS
from tests.proof.restarts import HOUR_MS
from thecal_wire import codes, halpipe, messages


class Happenings:
    """A part of Life: one method for each thing that can happen; it returns why the pump wakes."""

    def _choose(self):
        """Pick by weight."""
        stopped = not self.running
        latched = self.pump.alarms.latched
        c = self.chance.random()
        if self.fault and c < 0.4:
            return self._mend()
        if latched and c < 0.6:
            return self._order("acknowledge", self.desk.acknowledge)
        if stopped and c < 0.6:
            return self._while_stopped()
        total, pick = 0, self.chance.random() * _WEIGHT_SUM
        for weight, name in _WEIGHTS:
            total += weight
            if pick < total:
                return getattr(self, name)()
        return 0

    def _ask(self, what, request):
        """Let the link bring a request; it may be the last thing before a power cut."""
        self.doing = what
        self.request = request
        self._maybe_torn()
        return halpipe.WAKE_USB

    def _maybe_torn(self):
        if self.chance.random() < 0.03:
            self.board.cut_in = self.chance.randrange(14)
            self._count("cuts aimed at the flash")

    def _order(self, what, request):
        """An order whose answer is yes or a refusal."""
        return self._ask(what, lambda: self._ordered(what, request))

    def _ordered(self, what, request):
        try:
            request()
        except Refused as refusal:
            self.note(f"{what}: {codes.error_name(refusal.code)}")
            self._count(f"{what}: {codes.error_name(refusal.code)}")
            return
        self.note(f"{what}: done")
        self._count(f"{what}: done")
        state = self.pump.state
        if what == "start":
            if not self.running:
                self.running = True
                self.check(self.judge.runs(self.now(), self.acknowledged, state.minimum_rate))
        elif what == "stop" and self.running:
            self.running = False
            self.check(self.judge.rests(self.now()))

    def press(self):
        """A press that counts, or one of another length."""
        c = self.chance.random()
        held_ms = self.chance.choice((100, 200, 900, 5_000)) if c < 0.97 else (
            self.chance.choice((20, 99, 5_001, 9_999, 10_000, 19_999, 20_001)))
        tick = self.board.now()
        self.board.edges += [((tick - 60 - held_ms) % (1 << 29), 1), ((tick - 60) % (1 << 29), 0)]
        self.doing = "press"
        self.local_at_press = self._local()
        self.board.until_ms = self.now()
        if 10_000 <= held_ms <= 20_000:
            self._count("stops by the button")
            self.doing = "stop"
            self.stop_by_button = True
            self.request = self._after_button
        elif 100 <= held_ms <= 5_000:
            self._count("presses")
            if self.judge.lock_exact > self.now():
                self._count("presses in lockout")
        self._maybe_torn()
        return halpipe.WAKE_BUTTON

    def _after_button(self):
        """In the turn of the press: therapy was stopped before the link has its turn."""
        if self.running and not self.pump.state.running:
            self.running = False
            self.check(self.judge.rests(self.now()))

    def wait(self):
        """Some seconds or minutes."""
        c = self.chance.random()
        span_ms = self.chance.randrange(20_000) if c < 0.6 else (
            self.chance.randrange(300_000) if c < 0.99 else self.chance.randrange(HOUR_MS))
        self.board.until_ms = self.now() + span_ms
        return 0

    def wait_for_boundary(self):
        """To a moment at which something changes, or just before or after."""
        judge, now, pump = self.judge, self.now(), self.pump
        choices = [("quarter", now + 900_000 - self._pump_ms() % 900_000)]
        if judge.lock_exact > now:
            choices += [("lockout", judge.lock_exact)] * 3
        for kind, flow in judge.flows.items():
            if kind != "periodic":
                choices += [("bolus end", now + flow.left_ms)] * 2
                choices.append(("middle of bolus", now + flow.left_ms // 2))
        if self.running:
            gate_ms = pump.guard.gate_left_ms(pump.clock)
            due_ms = pump.therapy.flow.next_due_ms(pump.clock.tick)
            choices.append(("gate", now + gate_ms))
            if due_ms is not None:
                choices.append(("stroke", now + due_ms))
            if self.board.wall_valid:
                step_s = judge.flex.to_start(judge.flex.local())
                choices.append(("step", now + step_s * 1000 - self.board.wall_ms % 1000))
            if judge.periodic_earliest is not None:
                choices.append(("periodic", judge.periodic_earliest))
        if judge.grants:
            choices.append(("oldest grant", judge.grants[-24:][0][0] + DAY_MS))
        if judge.strokes:
            window_ms = self.chance.choice(sorted(judge.programme.limits)) * 1000
            for s in judge.strokes[-400::40]:
                choices.append(("window", s.time + window_ms))
                choices.append(("window by quarter", s.time + window_ms + 900_000
                                - (s.time - self.offset_ms) % 900_000))
        name, at_ms = self.chance.choice(choices)
        at_ms += self.chance.choice((-1_000, -1, 0, 0, 1, 1_000, 2_000))
        span_ms = at_ms - now
        if not 0 <= span_ms <= 12 * HOUR_MS or (
                span_ms > 1_800_000 and self.chance.random() < 0.93):
            return self.wait()
        self._count(f"waits for a boundary: {name}")
        self.board.until_ms = at_ms
        return 0

    def wait_long(self):
        """Hours; seldom a day."""
        hours = self.chance.choice((1, 1, 2, 3, 4))
        if self.chance.random() < 0.04:
            hours = self.chance.choice((24, 25))
        self.board.until_ms = self.now() + int(hours * HOUR_MS)
        return 0

    def late(self):
        """The processor is busy for some seconds: what was due waits."""
        self.board.late_ms = self.chance.randrange(1, 8_000)
        self.late_until_ms = self.now() + 10 * LATE_MS
        self.judge.behind = -10 * self.judge.quantum()  # until it is through
        self._count("late turns")
        self.board.until_ms = self.now() + 9_000
        return 0

    def overslept(self, late_ms):
        """A step of the programme may have started in the meantime, too."""
        self.judge.flow_to(self.now())
        self.judge.level += highest_step(self.judge.programme) * late_ms

    def clinician(self):
        """A clinician's bolus: mostly sound, sometimes sent again, out of order or out of range."""
        chance, plan = self.chance, self.plan
        strokes = chance.choice((20, 20, 21, 22, 25, 30, 40, 19, 10))
        dose_ng = plan.dose_ng(strokes)
        if chance.random() < 0.05:
            dose_ng = plan.dose_ng(5_500)  # more than a small reservoir holds
        longest = max([60] + [profile[3] for profile in plan.profiles])
        duration_s = chance.choice((longest, longest, longest + chance.randrange(900),
                                    longest - 1, 21_600, 21_601))
        if dose_ng > plan.dose_ng(100):
            duration_s = 21_600
        counter = self._next_counter()
        asked = "clinician", counter, plan.volume_nl(dose_ng), duration_s
        return self._ask("clinician", lambda: self._dose(
            asked, lambda: self.desk.bolus(counter, dose_ng, duration_s)))

    def prime(self):
        """A priming bolus."""
        volume_nl = self.chance.choice((2_000, 5_000, 7_000, 10_000, 100, 20_000, 123,
                                        self.judge.programme.catheter_nl + 1))
        counter = self._next_counter()
        asked = "prime", counter, volume_nl, -(-volume_nl * 3600 // 500_000)
        return self._ask("prime", lambda: self._dose(
            asked, lambda: self.desk.prime(counter, volume_nl)))

    def _next_counter(self):
        c = self.chance.random()
        if c < 0.85:
            return self.counter + 1
        if c < 0.97:
            self._count("dose commands sent again")
            return max(1, self.counter - self.chance.choice((0, 0, 1, 5)))
        return self.counter + 2

    def _dose(self, asked, request):
        """One dose command; its answer may be lost: then it is sent once more."""
        self.asked, self.told = asked, None
        kind, counter = asked[:2]
        try:
            request()
        except Refused as refusal:
            if self.told != refusal.code:
                self.found(f"{kind}: refused ({refusal.code}), in the log {self.told}")
            if refusal.code == codes.BAD_RANGE and refusal.field == 0:
                if counter == self.counter + 1:
                    self.found(f"{kind}: counter {counter} is refused")
                self._count(f"{kind}: counter out of turn")
                return
            self._commanded(refusal.code, refusal.code == codes.BAD_RANGE)
            return
        if self.told != codes.GRANTED:
            self.found(f"{kind}: granted, and not in the log")
        if self.chance.random() < 0.1:
            self._count("dose commands whose answer is lost")
            self.request = lambda: self._dose(asked, request)
            self.doing = kind

    def start(self):
        """Start therapy, or the minimum rate."""
        self.acknowledged = int(self.chance.random() < 0.7)
        minimum = int(self.chance.random() < 0.12)
        return self._order("start", lambda: self.desk.start(self.acknowledged, minimum))

    def stop(self):
        """Stop therapy."""
        return self._order("stop", self.desk.stop)

    def acknowledge(self):
        """Acknowledge, needed or not."""
        return self._order("acknowledge", self.desk.acknowledge)

    def refill(self):
        """Refill: refused while anything runs."""
        volume_nl = self.chance.choice((18_000_000, 19_000_000, 15_000_000) * 4
                                       + (1_010_000, 4_000))
        if self.large:
            volume_nl = 1_150_000
        volume_nl += self.chance.randrange(999)
        withdrawn_nl = self.chance.choice((messages.NOT_MEASURED, messages.NOT_MEASURED,
                                           self.pump.state.reservoir_nl, 0))
        return self._order("refill", lambda: self.desk.refill(volume_nl, withdrawn_nl))

    def prescribe(self):
        """Another programme."""
        state = self.pump.state
        self._count("reprogrammings")
        during = bool(state.in_bolus or state.in_clinician)
        if during:
            self._count("reprogrammings during a bolus")
        return self._ask("prescribe", lambda: self._prescribe(during))

    def prescribe_in_bolus(self):
        """A programme for a pump that gives a bolus: refused; often it is stopped for that."""
        state = self.pump.state
        if not (state.in_bolus or state.in_clinician):
            return self.press()
        if self.chance.random() < 0.4:
            return self.stop()
        return self.prescribe()

    def _prescribe(self, during):
        in_bolus = self.pump.state.in_bolus or self.pump.state.in_clinician
        if self._accepted(self._new_plan()):
            if in_bolus and during and self.judge.bolus("patient"):
                self.found("programme: accepted during a bolus")
            if during:
                self._count("reprogrammings just after a bolus")
        self.next_plan = self.next_plan or self.plan

    def set_clock(self):
        """Forward, back, or another offset."""
        board, chance = self.board, self.chance
        wall_s = (board.wall_ms // 1000) + chance.choice((
            0, 1, -1, 59, -61, 900, -900, 3_600, -3_600, 7_200, 43_200, -43_200, 86_400,
            chance.randrange(-604_800, 604_800)))
        if self.running and board.wall_valid and chance.random() < 0.3:
            flex = self.judge.flex  # onto a start, or beside it
            wall_s = board.wall_ms // 1000 + flex.to_start(flex.local()) + chance.choice((-1, 0, 1))
        offset_min = self.offset_min
        if chance.random() < 0.3:
            offset_min = chance.choice((0, 60, 120, -300, 330, 840, -840))
        self.judge.flow_to(self.now())
        self._count("clock sets")

        def request():
            self.desk.clock(wall_s, offset_min)
            self.offset_min = offset_min
        return self._order("set clock", request)

    def lose_wall(self):
        """The wall clock loses its time while the pump runs."""
        if self.board.wall_valid:
            self.board.wall_valid = False
            self.wall_lost_ms = self.now()
            self._count("wall clock lost while running")
        return 0

    def power_cut(self):
        """Now, in the next stroke, or at one of the next flash operations."""
        c = self.chance.random()
        if c < 0.5:
            raise PowerCut
        if c < 0.75:
            self.board.cut_after_stroke = PowerCut()
        else:
            self.board.cut_in = self.chance.randrange(6)
        self.board.until_ms = self.now() + self.chance.choice((0, 60_000, 400_000))
        return 0

    def watchdog(self):
        """The firmware hangs, and the watchdog bites."""
        self.board.hang_ms = self.chance.choice((0, 1, 5_000, 8_300))
        return 0

    def sensor_fault(self):
        """Something breaks, for a while."""
        board = self.board
        if self.fault:
            return 0
        self.looks = 0
        self.fault = self.chance.choice(("blind", "blind", "pressure", "pressure", "pressure",
                                         "flow", "stuck", "heat", "turned", "battery"))
        if self.fault == "battery" and self.chance.random() < 0.8:
            self.fault = "pressure"
        self._count(f"fault: {self.fault}")
        self.note(f"fault: {self.fault}")
        self.judge.disturbed()
        if self.fault == "blind":
            board.blind = True
        elif self.fault == "pressure":
            board.pressure_pa = self.chance.choice((50_000, 60_000, 49_999))
        elif self.fault == "flow":
            board.flow_raw = 40
            board.until_ms = self.now() + 10_000
            return halpipe.WAKE_FLOW
        elif self.fault == "stuck":
            board.stuck = True
        elif self.fault == "heat":
            board.temperature_cdegc = self.chance.choice((4_600, 300))
        elif self.fault == "turned":
            board.encoder = (board.encoder + 100) % 4096
        else:
            board.battery_mv = self.chance.choice((2_550, 2_300))
        board.until_ms = self.now() + self.chance.choice((0, 1_000, 6_000, 60_000, 300_000))
        return 0

    def _mend(self):
        board = self.board
        self.note(f"mended: {self.fault}")
        self.judge.disturbed()
        board.blind = board.stuck = False
        board.pressure_pa = self.chance.choice((5_000, 5_000, 24_999, 25_000, 30_000))
        if board.pressure_pa < 25_000:
            self.fault = ""
        board.flow_raw = 0
        board.temperature_cdegc, board.battery_mv = 3_700, 2_900
        return 0

    def _while_stopped(self):
        c = self.chance.random()
        if c < 0.55:
            return self.start()
        if c < 0.7:
            return self.prime()
        if c < 0.78 or (c < 0.9 and self.pump.state.reservoir_nl < 1_100_000):
            return self.refill()
        if c < 0.9:
            return self.prescribe()
        if c < 0.91:
            self._count("waits of two days")
            minutes = 2 * 24 * 60 + self.chance.choice((-60, 1, 60))
            self.board.until_ms = self.now() + minutes * 60_000
            return 0
        return self.wait_for_boundary()


# How likely each thing is.
_WEIGHTS = [(weight, name) for name, weight in (
    ("press", 24), ("wait", 18), ("wait_for_boundary", 26), ("wait_long", 0.15), ("late", 1),
    ("clinician", 7), ("prime", 0.5), ("start", 0.5), ("stop", 1), ("acknowledge", 0.3),
    ("refill", 0.2), ("prescribe", 0.6), ("prescribe_in_bolus", 3), ("set_clock", 2.5),
    ("lose_wall", 0.05), ("power_cut", 1), ("watchdog", 0.6), ("sensor_fault", 0.6),
)]
_WEIGHT_SUM = sum(weight for weight, _name in _WEIGHTS)
