"""One pump's life: the real firmware on the body, something new whenever it sleeps."""

from collections import Counter

from pump.app import loop
from pump.app.desk import Desk
from pump.app.journal import Journal
from pump.link.session import Refused, Session
from pump.store import nor
from tests.oracles.dosing_programme import DAY_MS, profiles_that_apply
from tests.proof.body import Body, PowerCut, WatchdogReset
from tests.proof.judge import LATE_MS, Judge
from tests.proof.programmes import SERIAL, Plan
from thecal_wire import codes, events, halpipe, messages
from thecal_wire import prescription as wire

HOUR_MS = 3_600_000
SECOND_MS = 1_000
# A pump's clock may lose what is neither in a mark nor in a page: one each quarter hour.
LOST_MS = 900_000 + 10_000
LOST_WARM_MS = 9_000
FOLLOWS_MS = 4_505_000  # how long a wall clock that lost its time may go unnoticed
STORE_SMALL = {"TALLY": (8, 12), "EVENTS": (20, 8), "BLOCKS": 28}  # the rings turn, and fast


class LifeOver(BaseException):
    """Enough steps."""


class Violation(Exception):
    """The first one ends a life."""


class Witness(Journal):
    """The event log, overheard."""

    life = None

    def write(self, kind, *values):
        super().write(kind, *values)
        self.life.logged(kind, values)


class OneRequest(Session):
    """Stands for the link: one request at a time, done in its turn."""

    life = None

    def text(self, line):
        pass

    def busy(self):
        return self.life.request is not None

    def turn(self, board, readable, *_more):
        if self.life.request is not None:
            request, self.life.request = self.life.request, None
            request()


class Life:
    """`chance` decides; `counts` tells how often each thing happened."""

    def __init__(self, chance, steps, counts=None):
        _set_up()
        self.chance = chance
        self.counts = Counter() if counts is None else counts
        self.steps_left = steps
        self.steps = 0
        self.trail = []  # what happened last, for a violation's report
        self.stroke_pl = chance.choice((250_000, 250_000, 200_000, 290_000, 243_210))
        self.concentration = chance.choice((10_000, 10_000, 1_000, 25_000, 7_321))
        self.large = chance.random() < 0.04
        self.board = Body(self, chance, self.stroke_pl)
        self.board.until_ms = 0
        self.pump = None
        self.judge = None
        self.plan = None
        self.next_plan = None
        self.request = None
        self.running = False  # what was last ordered
        self.doing = ""  # what a power cut may leave done or undone
        self.asked = None  # the dose command on its way
        self.told = False  # its answer stood in the log
        self.counter = 0
        self.granted = {"patient": None, "clinician": None}
        self.booting = None
        self.offset_ms = 0  # powered time less pump time
        self.bounds = []  # [patient or priming bolus id, clinician's, generation, refill]
        self.pulse_end = None
        self.wrong_rate_ms = None
        self.wall_lost_ms = None
        self.late_until_ms = 0
        self.prime_volume_nl = 0
        self.refill_nl = 0
        self.offset_min = 0
        self.fault = ""
        self.at_boot = True

    # --- the run ----------------------------------------------------------------------

    def run(self):
        """Live to the last step; raises Violation."""
        self._factory()
        while True:
            try:
                loop.forever(self.pump)
            except LifeOver:
                return self.counts
            except PowerCut:
                self._cut(codes.RESET_POWER)
            except WatchdogReset:
                self._cut(codes.RESET_WATCHDOG)

    def found(self, text):
        """Something is wrong: tell it, with what led to it."""
        raise Violation(text + "\n  " + "\n  ".join(self.trail[-30:]))

    def check(self, violations):
        """Each of these is wrong."""
        if violations:
            self.found("; ".join(violations))

    def note(self, text):
        """Keep for a report what happened."""
        self.trail.append(f"{self.board.now_ms / 1000:12.3f} {text}")
        if len(self.trail) > 60:
            del self.trail[:30]

    def now(self):
        return self.board.now_ms

    def _factory(self):
        self._start_firmware()
        orders = self.desk
        orders.calibrate(SERIAL.ljust(12, b"\0"), self.stroke_pl, 0)
        self.refill_nl = 1_150_000 if self.large else 18_000_000
        orders.refill(self.refill_nl, messages.NOT_MEASURED)
        while self.judge is None:
            plan = self._new_plan()
            if self._accepted(plan):
                self.plan = plan
                self.judge = Judge(plan, self.now(), self.board.wall_ms, self.offset_min)
        self._remember()
        self.offset_ms = self.now() - self._pump_ms()
        if self.chance.random() < 0.9:
            self.doing = "start"
            self.request = lambda: self._ordered("start", lambda: orders.start(0, 0))

    def _start_firmware(self):
        Witness.life = OneRequest.life = self
        self.pump = None
        self.pump = loop.start(self.board)
        self.pump.journal.session = None  # nobody reads the trace
        self.desk = Desk(self.pump)

    def _new_plan(self):
        if self.chance.random() < 0.08:
            self.concentration = self.chance.choice((10_000, 1_000, 25_000, 7_321))
        return Plan(self.chance, self.stroke_pl, self.concentration,
                    "large" if self.large else "any")

    def _accepted(self, plan):
        """Prescribe; the lowest limit that a refusal names is taken, mostly."""
        for _attempt in range(8):
            zone, reasons = plan.acceptable()
            try:
                self.next_plan = plan
                self.desk.prescribe(plan.record())
            except Refused as refusal:
                self._count(f"programme refused: {codes.error_name(refusal.code)}")
                if zone == "must accept" and refusal.code in (codes.INVALID_FIELD,
                                                              codes.TOO_SMALL):
                    field = wire.FIELDS[refusal.field & 31]
                    self.found(f"starvation: programme refused, {field} {refusal.value} against "
                               f"{refusal.limit}")
                if refusal.code != codes.INVALID_FIELD:
                    return False
                if not plan.take_limit(wire.FIELDS[refusal.field & 31], refusal.limit):
                    return False
                continue
            if zone == "must refuse":
                self.found(f"overdose: programme accepted, {reasons}")
            self._count("programme accepted")
            return True
        return False

    # --- what the firmware tells ------------------------------------------------------

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
                loop.HELD_BACK_MS = 30_000  # only to save time: a bolus no longer runs
                self.check(judge.limit_hit(now))
            if code == codes.STORE_DEFECT:
                self.found("store: the memory is said to be defective")
            if code == codes.CLOCK_LOST:
                judge.lost_wall(now)
                self.wall_lost_ms = None
        self.check(judge.alarms_change(now, name, on, rate != codes.RATE_UNCHANGED,
                                       rate == codes.RATE_STOP))
        if code == codes.DOSE_LIMIT_HIT and not on:
            loop.HELD_BACK_MS = 1_000
        if code == codes.LONG_STOPPED and not on and self.running and not judge.running:
            self.check(judge.runs(now, True, self.pump.state.minimum_rate))

    def _run(self, bolus_id):
        if bolus_id == self.pump.tally.clinician.id:
            return self.pump.tally.clinician, "clinician"
        run = self.pump.tally.bolus
        return run, "prime" if self.judge.bolus("prime") or run.id == self.prime_id else "patient"

    prime_id = -1

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
        if board.pressure_pa >= 50_000 and not board.blind and self.looks > 1:
            self.found("stroke: into a blocked line")
        self._count("strokes")
        self.check(judge.one_stroke(self.now(), not board.stuck and not board.blind))

    looks = 0

    def looked(self):
        """The firmware looks at the sensors, before it asks for a stroke."""
        self.looks += 1
        self.woke()

    def woke(self):
        """Did a periodic bolus begin?"""
        pump = self.pump
        if self.judge is None or pump.therapy is None:
            return
        pulse = pump.therapy.pulse
        if not pulse.running:
            if self.pulse_end is not None:
                self.pulse_end = None
                self.judge.flow_to(self.now())
                self.judge.flows.pop("periodic", None)
                self.judge._clear("periodic")
        elif self.pulse_end != (pump.boot_s, pulse.end_tick):
            self.pulse_end = pump.boot_s, pulse.end_tick
            self._count("periodic bolus")
            self.note("periodic bolus begins")
            self.check(self.judge.periodic(self.now()))

    def quarter_left_ms(self):
        """Time to the next quarter hour of pump time, and a little."""
        clock = self.pump.clock
        return 900_000 - (clock.s % 900) * 1000 - clock.ms + self.chance.choice((0, 0, 1, 3_000))

    # --- restarts ---------------------------------------------------------------------

    def _pump_ms(self):
        return self.pump.clock.s * 1000 + self.pump.clock.ms

    def _remember(self):
        tally = self.pump.tally
        self.bounds = [tally.bolus.id, tally.clinician.id, self.pump.programme_slot.generation,
                       (tally.refilled_nl, tally.refill_total)]

    def _cut(self, cause):
        board, chance = self.board, self.chance
        cold = cause == codes.RESET_POWER
        self._count("power cuts" if cold else "watchdog resets")
        off_ms = known_ms = 0
        if cold:
            off_ms = chance.choice((1, 1_000, 30_000, 600_000, HOUR_MS, 5 * HOUR_MS,
                                    30 * HOUR_MS if chance.random() < 0.1 else 10))
            board.wall_ms += off_ms
            if chance.random() < 0.15:
                board.wall_valid = False
                self._count("power cuts that lose the wall clock")
        self.note(f"{'power cut' if cold else 'watchdog reset'} while {self.doing or 'idle'}, "
                  f"{off_ms} ms off")
        self.booting = []
        self.request = None
        loop.HELD_BACK_MS = 1_000
        while True:
            board.reboot(cause)
            if chance.random() < 0.05:
                board.cut_in = chance.randrange(12)
            try:
                self._start_firmware()
                break
            except PowerCut:
                cause, cold = codes.RESET_POWER, True
                self._count("power cuts in recovery")
        board.cut_in = None
        told, self.booting = self.booting, None
        lost_ms = self.now() - self._pump_ms() - self.offset_ms
        self.offset_ms += lost_ms
        if not -SECOND_MS < lost_ms <= (LOST_MS if cold else LOST_WARM_MS):
            self.found(f"clock: pump time lost {lost_ms} ms")
        self._catch_up()
        if cold and board.wall_valid:
            known_ms = off_ms
        self.check(self.judge.restarts(self.now(), max(0, lost_ms), known_ms, cold))
        self.judge.wall_after(board.wall_ms, self.pump.utc_offset_min, board.wall_valid)
        self.offset_min = self.pump.utc_offset_min
        self.wall_lost_ms = self.wrong_rate_ms = self.pulse_end = None
        self._remember()
        state = self.pump.state
        if state.running != self.running:
            if self.doing not in ("start", "stop"):
                self.found(f"restart: running is {state.running}, ordered {self.running}")
            if self.doing == "start":
                self.check(self.judge.runs(self.now(), True, state.minimum_rate))
            else:
                self.check(self.judge.rests(self.now()))
            self.running = state.running
        elif state.running and self.doing == "start":
            self.check(self.judge.runs(self.now(), True, state.minimum_rate))
        if self.judge.minimum and not state.minimum_rate:
            self.check(self.judge.minimum_rate(self.now(), False))
        if state.in_bolus or state.in_clinician or state.priming:
            self.found("restart: a bolus goes on")
        for kind, values in told:
            if kind in (events.ALARM_BEGIN, events.ALARM_END):
                self._alarm(values[0], kind == events.ALARM_BEGIN)
        if self.pump.tally.total < board.strokes:
            self.found(f"tally: {self.pump.tally.total} marks, {board.strokes} strokes")
        self.doing = ""
        self.asked = None
        board.until_ms = self.now()
        board.flow_raw = 0

    def _catch_up(self):
        """What was done, and the log had no time to tell."""
        tally, judge, now = self.pump.tally, self.judge, self.now()
        bolus_id, clinician_id, generation, refill = self.bounds
        if self.pump.programme_slot.generation != generation:
            self.plan = self.next_plan
            self.check(judge.new_plan(now, self.plan))
        elif self.doing == "prescribe":  # its lockout may stand already
            judge._lockout(now, 0, self.next_plan.meaning and judge._longest(
                self.next_plan.meaning))
        if (tally.refilled_nl, tally.refill_total) != refill:
            self.check(judge.refill(now))
        elif self.doing == "refill":
            judge._lockout(now, 0, judge._longest(judge.programme))
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

    local_at_press = None

    # --- what happens next ------------------------------------------------------------

    def act(self):
        """The pump sleeps, and the next thing is due; returns why it wakes."""
        self.woke()
        self._look_back()
        self.doing, self.asked = "", None
        self.board.late_ms = 0
        self.board.until_ms = self.now()
        if self.steps_left <= 0:
            raise LifeOver
        self.steps_left -= 1
        self.steps += 1
        self._count("steps")
        return self._choose() or 0

    def _look_back(self):
        judge, pump, now = self.judge, self.pump, self.now()
        judge.flow_to(now)
        self.check(judge.starved())
        if now > self.late_until_ms:
            self.check(judge.periodic_due(now, LATE_MS))
        for kind, flow in judge.flows.items():
            if kind != "periodic" and flow.over_ms > LATE_MS and now > self.late_until_ms:
                self.found(f"overdose: {kind} bolus does not end")
        if pump.tally.total < self.board.strokes:
            self.found(f"tally: {pump.tally.total} marks, {self.board.strokes} strokes")
        self._check_rate()
        if self.wall_lost_ms is not None and now - self.wall_lost_ms > FOLLOWS_MS:
            self.found("clock: nobody noticed that the wall clock lost its time")

    def _check_rate(self):
        """The basal rate is one that the clock allows."""
        judge, pump, now = self.judge, self.pump, self.now()
        if not judge.running or judge.minimum or judge.bolus("prime") \
                or self.wall_lost_ms is not None:
            self.wrong_rate_ms = None
            return
        rate, allowed = pump.therapy.flex.rate_nl_per_h, judge.flex.allowed()
        if rate in allowed:
            self.wrong_rate_ms = None
        elif self.wrong_rate_ms is None:
            self.wrong_rate_ms = now
        elif now - self.wrong_rate_ms > LATE_MS:
            self.found(f"rate: {rate} nL/h, by the clock {sorted(allowed)}")

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

    def _count(self, what):
        self.counts[what] += 1

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

    acknowledged = 0

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
        """Hours; seldom two days."""
        hours = self.chance.choice((1, 1, 2, 3, 4))
        if self.chance.random() < 0.04:
            hours = self.chance.choice((24, 49 if not self.running else 25))
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
        self.asked, self.told = asked, False
        kind, counter = asked[:2]
        try:
            request()
        except Refused as refusal:
            if self.told:
                return
            if refusal.code == codes.BAD_RANGE and refusal.field == 0:
                if counter == self.counter + 1:
                    self.found(f"{kind}: counter {counter} is refused")
                self._count(f"{kind}: counter out of turn")
                return
            self._commanded(refusal.code, refusal.code == codes.BAD_RANGE)
            return
        if not self.told:
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
        was = self.judge.lock_exact
        self._count("clock sets")

        def request():
            self.desk.clock(wall_s, offset_min)
            self.offset_min = offset_min
            self.judge.lock_exact = was
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
        return self.wait_for_boundary()


# How likely each thing is.
_WEIGHTS = [(weight, name) for name, weight in (
    ("press", 24), ("wait", 18), ("wait_for_boundary", 26), ("wait_long", 0.15), ("late", 1),
    ("clinician", 7), ("prime", 0.5), ("start", 0.5), ("stop", 1), ("acknowledge", 0.3),
    ("refill", 0.2), ("prescribe", 0.6), ("prescribe_in_bolus", 3), ("set_clock", 2.5),
    ("lose_wall", 0.05), ("power_cut", 1), ("watchdog", 0.6), ("sensor_fault", 0.6),
)]
_WEIGHT_SUM = sum(weight for weight, _name in _WEIGHTS)


class _Heap:
    """MicroPython's view of its heap: there is room."""

    @staticmethod
    def mem_free():
        return 1 << 20

    @staticmethod
    def collect():
        pass


def _set_up():
    """What the firmware finds on a Pico and not here, and what would only take time."""
    loop.gc = _Heap
    for name, value in STORE_SMALL.items():
        setattr(nor, name, value)
    loop.Journal, loop.Session = Witness, OneRequest
    loop.HELD_BACK_MS = 1_000
    loop.LONGEST_SLEEP_MS = 900_000  # here no watchdog waits; `late` and `watchdog` see to it
