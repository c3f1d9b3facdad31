"""One pump's life: the real firmware on the body, something new whenever it sleeps."""

from collections import Counter

from pump.app import loop
from pump.app.desk import Desk
from pump.app.journal import Journal
from pump.link.session import Refused, Session
from pump.store import nor
from tests.proof.body import Body, PowerCut, WatchdogReset
from tests.proof.flows import LATE_MS
from tests.proof.happenings import Happenings
from tests.proof.judge import Judge
from tests.proof.overheard import HELD_BACK_MS, Overheard
from tests.proof.programmes import SERIAL, Plan
from tests.proof.restarts import SECOND_MS, Restarts
from thecal_wire import codes, messages
from thecal_wire import prescription as wire

FOLLOWS_MS = 920_000  # how long a wall clock that lost its time may go unnoticed
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


class Life(Overheard, Restarts, Happenings):
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
        self.long_off = False  # power was off for about a day, the last time
        self.then = ""  # what has to happen next
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
        self.offset_min = 0
        self.fault = ""
        self.looks = 0  # since a sensor broke
        self.prime_id = -1  # of the last priming bolus
        self.acknowledged = 0  # by the start that was ordered last
        self.local_at_press = None
        self.phantoms = 0  # marks whose stroke a power cut prevented

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
        """Powered time in ms."""
        return self.board.now_ms

    def _count(self, what):
        self.counts[what] += 1

    def _factory(self):
        self._start_firmware()
        orders = self.desk
        orders.calibrate(SERIAL.ljust(12, b"\0"), self.stroke_pl, 0)
        orders.refill(1_150_000 if self.large else 18_000_000, messages.NOT_MEASURED)
        while self.judge is None:
            plan = self._new_plan()
            if self._accepted(plan):
                self.plan = plan
                self.judge = Judge(plan, self.now(), self.board.wall_ms, self.offset_min)
        self._remember()
        self.offset_ms = self.now() - self._pump_ms()
        self._first_order()

    def _first_order(self):
        if self.chance.random() < 0.9:
            self.doing = "start"
            self.request = lambda: self._ordered("start", lambda: self.desk.start(0, 0))

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
                if refusal.code not in (codes.INVALID_FIELD, codes.TOO_SMALL) and self.judge:
                    verdict = codes.error_name(refusal.code)
                    self.check(self.judge.order_refused(self.now(), "prescribe", verdict, plan))
                    return False
                if not plan.take_limit(wire.FIELDS[refusal.field & 31], refusal.limit):
                    return False
                continue
            if zone == "must refuse":
                self.found(f"overdose: programme accepted, {reasons}")
            self._count("programme accepted")
            return True
        return False

    # --- between two steps ------------------------------------------------------------

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
            overdue = kind != "periodic" and flow.over_ms > LATE_MS + SECOND_MS
            if overdue and now > self.late_until_ms:
                self.found(f"overdose: {kind} bolus does not end")
        if pump.tally.total != self.board.strokes + self.phantoms:
            self.found(f"tally: {pump.tally.total} marks, {self.board.strokes} strokes and "
                       f"{self.phantoms} marks without one")
        self._check_rate()
        if self.wall_lost_ms is not None and now - self.wall_lost_ms > FOLLOWS_MS:
            self.found("clock: nobody noticed that the wall clock lost its time")

    def _check_rate(self):
        """The basal rate is one that the clock allows."""
        judge, pump, now = self.judge, self.pump, self.now()
        if (not judge.running or judge.minimum or judge.bolus("prime") or judge.is_limited()
                or self.wall_lost_ms is not None):
            self.wrong_rate_ms = None
            return
        rate, allowed = pump.therapy.flex.rate_nl_per_h, judge.flex.allowed()
        if rate in allowed:
            self.wrong_rate_ms = None
        elif self.wrong_rate_ms is None:
            self.wrong_rate_ms = now
        elif now - self.wrong_rate_ms > LATE_MS and now > self.late_until_ms:
            self.found(f"rate: {rate} nL/h, by the clock {sorted(allowed)}")


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
    loop.HELD_BACK_MS = HELD_BACK_MS
    loop.LONGEST_SLEEP_MS = 900_000  # here no watchdog waits; `late` and `watchdog` see to it
