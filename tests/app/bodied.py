"""The whole firmware on the plain Python board of the proof, moved by hand from test to test."""

import random

from pump.app import loop
from pump.app.desk import Desk
from pump.app.journal import Journal
from pump.link.session import Refused, Session
from tests.core.parts import SERIAL, STROKE_PL, prescription
from tests.proof import life
from tests.proof.body import Body
from thecal_wire import codes, events, messages
from thecal_wire import prescription as wire

MONDAY_S = 1_699_833_600  # 13 November 2023, 0:00 UTC
FULL_NL = 18_000_000


class Enough(BaseException):
    """The time to wait is over."""


class Heard(Journal):
    """The event log, remembered."""

    told: list = []

    def write(self, kind, *values):
        super().write(kind, *values)
        self.told.append((kind, values))


class NoLink(Session):
    """Nobody is at the other end."""

    def text(self, line):
        pass

    def busy(self):
        return False

    def turn(self, *_arguments):
        pass


class Bodied:
    """A calibrated, filled pump; `desk` is what the link may ask for, `told` its log."""

    def __init__(self, **changes):
        life._set_up()
        loop.Journal, loop.Session = Heard, NoLink
        self.board = Body(self, random.Random(1), STROKE_PL)
        self.board.wall_ms = MONDAY_S * 1000
        self.told = Heard.told = []
        self._start()
        self.desk.calibrate(SERIAL.ljust(12, b"\0"), STROKE_PL, 0)
        self.desk.refill(FULL_NL, messages.NOT_MEASURED)
        assert self.prescribe(**changes) == 0

    # --- what a test does ---------------------------------------------------------------

    def prescribe(self, **changes):
        """A programme; returns the error it is refused with, or 0."""
        p = prescription(**changes)
        head = [getattr(p, name) for name in wire.HEAD_FIELDS]
        return self.ask(self.desk.prescribe, wire.pack(head, p.steps, p.profiles))

    def ask(self, order, *values):
        """Something from the link; returns the error it is refused with, or 0."""
        try:
            order(*values)
        except Refused as refusal:
            return refusal.code
        finally:
            self.run(0)
        return 0

    def start(self, acknowledge=0, minimum=0):
        """Start therapy."""
        return self.ask(self.desk.start, acknowledge, minimum)

    def run(self, span_s):
        """Let so many seconds pass."""
        self.board.until_ms = self.board.now_ms + int(span_s * 1000)
        try:
            loop.forever(self.pump)
        except Enough:
            self.pump.clock.advance(self.board.now())
        return self

    def press(self):
        """The patient presses the button for 200 ms; returns how it was answered."""
        tick = self.board.now()
        self.board.edges += [((tick - 300) % (1 << 29), 1), ((tick - 100) % (1 << 29), 0)]
        before = len(self.told)
        self.run(0)
        return [values[0] for kind, values in self.told[before:] if kind == events.PRESS][0]

    def power_cut(self, off_s=60):
        """Power goes and comes back."""
        self.board.wall_ms += int(off_s * 1000)
        self.board.reboot(codes.RESET_POWER)
        self._start()
        return self

    def watchdog(self):
        """The watchdog bites, just after a turn."""
        self.run(0)
        self.board.reboot(codes.RESET_WATCHDOG)
        self._start()
        return self

    def events(self, kind):
        """The values of all records of a kind."""
        return [values for one, values in self.told if one == kind]

    def alarms(self):
        """The codes of the active alarms."""
        return [code for code in codes.ALARMS if self.pump.alarms.is_active(code)]

    def _start(self):
        self.pump = loop.start(self.board)
        self.pump.journal.session = None
        self.desk = Desk(self.pump)
        self.run(0)

    # --- what the board asks ------------------------------------------------------------

    def found(self, text):
        raise AssertionError(text)

    def longest_sleep_ms(self):
        clock = self.pump.clock
        return 900_000 - (clock.s % 900) * 1000 - clock.ms

    def act(self):
        raise Enough

    def overslept(self, late_ms):
        pass

    def woke(self):
        pass

    def looked(self):
        pass

    def stroke(self):
        pass

