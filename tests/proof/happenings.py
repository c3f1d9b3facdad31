"""What happens next, how often, and the orders of a clinician."""

from pump.link.session import Refused
from tests.proof.doses import Doses
from tests.proof.troubles import Troubles
from tests.proof.waits import Waits
from thecal_wire import codes, halpipe, messages


class Happenings(Doses, Troubles, Waits):
    """A part of Life: one method for each thing that can happen; it returns why the pump wakes."""

    def _choose(self):
        """Pick by weight."""
        if self.then:
            then, self.then = self.then, ""
            return getattr(self, then)()
        stopped = not self.running
        latched = self.pump.alarms.latched
        c = self.chance.random()
        if self.fault and c < 0.4:
            return self._mend()
        if latched and c < (0.3 if stopped else 0.6):
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

    def _order(self, what, request, asked=()):
        """An order whose answer is yes or a refusal; `asked` tells the judge what it is."""
        return self._ask(what, lambda: self._ordered(what, request, asked))

    def _ordered(self, what, request, asked=()):
        try:
            request()
        except Refused as refusal:
            verdict = codes.error_name(refusal.code)
            self.note(f"{what}: {verdict}")
            self._count(f"{what}: {verdict}")
            self.check(self.judge.order_refused(self.now(), what, verdict, asked))
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

    def start(self):
        """Start therapy, or the minimum rate."""
        self.acknowledged = int(self.chance.random() < (0.4 if self.pump.alarms.latched else 0.7))
        minimum = int(self.chance.random() < 0.12)
        asked = self.acknowledged, minimum, self.pump.state.reservoir_nl
        return self._order("start", lambda: self.desk.start(*asked[:2]), asked)

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
            self.then = "prescribe"
            self._count("stops of a bolus for a programme")
            return self.stop()
        return self.prescribe()

    def _prescribe(self, during):
        in_bolus = self.pump.state.in_bolus or self.pump.state.in_clinician
        if self._accepted(self._new_plan()) and during:
            if in_bolus and self.judge.bolus("patient"):
                self.found("programme: accepted during a bolus")
            self._count("reprogrammings as a bolus ends")
        self.next_plan = self.next_plan or self.plan

    def _while_stopped(self):
        c = self.chance.random()
        nearly_empty = self.pump.state.reservoir_nl < 20_000
        if c < 0.5:
            return self.prime() if nearly_empty and c < 0.2 else self.start()
        if c < 0.65:
            return self.prime()
        if c < 0.75 or (c < 0.9 and self.pump.state.reservoir_nl < 1_100_000):
            return self.refill()
        if c < 0.86:
            return self.prescribe()
        if c < 0.9:
            return self.sensor_fault()
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
