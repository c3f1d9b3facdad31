"""The parts of one pump, and its mode."""

from pump.core.alarms import Alarms
from pump.core.button import Button
from pump.core.clock import Clock
from pump.core.free_flow import FreeFlow
from pump.core.guard import Guard
from pump.core.ledger import Ledger
from pump.core.limits import FREE_FLOW_RAW
from pump.core.lockout import Lockout
from pump.core.stroke_check import StrokeCheck
from pump.core.therapy import Therapy
from pump.store import nor, pages
from pump.store.events import EventLog
from pump.store.slots import CALIBRATION, PROGRAMME, SlotPair
from pump.store.tally import Tally
from thecal_wire import codes, events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

RESERVOIR_EMPTY_NL = 1_000_000  # SR44; domain table b2
GATE_SHUT_MS = 0x0FFFFFFF
CAPACITY_NL = 20_000_000  # the 20 mL reservoir of the reference pump


class Pump:
    """Holds every part; recovery.py fills in what the flash remembers.

    `guard` and `therapy` are None until a prescription is active.
    """

    def __init__(self, board):
        self.board = board
        self.tally = Tally(nor.Region(board, nor.TALLY))
        self.log = EventLog(nor.Region(board, nor.EVENTS))
        slots = nor.Region(board, nor.SLOTS)
        self.programme_slot = SlotPair(slots, PROGRAMME)
        self.calibration_slot = SlotPair(slots, CALIBRATION)
        self.ledger = Ledger()
        self.lockout = Lockout()
        self.alarms = Alarms()
        self.clock = Clock(board.now(), 0)
        self.journal: Any = None
        self.session: Any = None
        self.serial = b""
        self.stroke_pl = 0
        self.prescription = None
        self.guard: Any = None
        self.therapy: Any = None
        self.check: Any = None
        self.free_flow = FreeFlow(FREE_FLOW_RAW)  # watches while there is no guard
        self.button = Button(board.now(), 0)
        self.reset_cause = 0
        self.crashes = 0  # watchdog resets within an hour of each other
        self.sighted_s = 0  # when all sensors last gave a reading
        self.blind_looks = 0  # in a row, at least one sensor without a reading
        self.boot_s = 0
        self.last_stroke_s = 0
        self.due_since_s = 0  # therapy has been due, undisturbed, since then
        self.mode = codes.STOPPED
        self.checkpoint_quarter = -1
        self.tidied_s = 0  # when the heap was last looked at
        self.tidy_bytes = 0  # what was free of it after the last collection

    @property
    def state(self):
        """What every tally page begins with: running, bolus, reservoir, latched alarms."""
        return self.tally.state

    def adopt(self, prescription, programme, limits):
        """Make a programme the active one; what the guard has seen is kept."""
        clock = self.clock
        guard = Guard(limits, self.ledger, self.lockout, clock, self.tally.total)
        if self.guard is not None:
            guard.take_over(self.guard)
        self.prescription = prescription
        self.guard = guard
        self.therapy = Therapy(programme, clock.tick)
        self.check = StrokeCheck(self.stroke_pl)
        self.set_gate()

    def set_gate(self):
        """Hand the guard's least time between strokes to the board; no flow = no strokes."""
        self.board.gate(self.guard.gate_ms() or GATE_SHUT_MS)

    def run(self, on):
        """Start or stop therapy and its guard, and the driver with them."""
        tick = self.clock.tick
        if on:
            self.therapy.start(tick)
        else:
            self.therapy.stop(tick)
        self.guard.run(on)
        self.due_since_s = self.clock.s
        self.state.running = on
        self.board.enable(on)

    def write_state(self, kind=pages.STATE, body=b""):
        """Put a changed state into the tally."""
        self.tally.write_state(kind, self.clock.s, self.board.wall_get(), body)

    def checkpoint(self):
        """Write windows and lockout to the tally."""
        self.checkpoint_quarter = self.ledger.newest  # should flash fail, not at every turn
        self.tally.checkpoint(self.ledger, self.lockout, self.last_stroke_s, self.clock.s,
                              self.board.wall_get())

    def loss_reason(self):
        """Why ordered volume is being lost at present."""
        if self.therapy.flow.held:
            return codes.LOST_ALARM
        if self.alarms.is_active(codes.DOSE_LIMIT_HIT):
            return codes.LOST_LIMIT
        return codes.LOST_LATE

    def report_delivery(self):
        """Bring the delivery records up to now, before anything about the rate changes."""
        if self.therapy is not None:
            self.therapy.advance(self.clock.tick)
            self.journal.delivery(self.therapy.flow, self.loss_reason())

    def update_mode(self, actor):
        """Derive the mode and log it when it changed."""
        mode = self._derive_mode()
        if mode != self.mode:
            self.journal.write(events.MODE, self.mode, mode, actor)
            self.mode = mode

    def _derive_mode(self):
        if self.therapy is None or not self.therapy.running:
            return codes.STOPPED
        if self.alarms.rate() != codes.RATE_UNCHANGED:
            return codes.SAFE
        return codes.BOLUS if self.therapy.in_bolus else codes.RUNNING
