"""The parts of one pump, and its mode."""

from pump.core.alarms import Alarms
from pump.core.button import Button
from pump.core.clock import Clock
from pump.core.conditions import Battery
from pump.core.free_flow import FreeFlow
from pump.core.guard import Guard
from pump.core.infusion_check import InfusionCheck
from pump.core.ledger import Ledger
from pump.core.limits import FREE_FLOW_RAW
from pump.core.lockout import Lockout
from pump.core.pauses import StopStarts
from pump.core.schedule import second_of_week
from pump.core.stroke_check import StrokeCheck
from pump.core.therapy import Therapy
from pump.core.unasked import Unasked
from pump.core.wear import Wear
from pump.store import nor, pages
from pump.store.events import EventLog
from pump.store.slots import CALIBRATION, PROGRAMME, SETTINGS, SlotPair
from pump.store.tally import Tally
from thecal_wire import codes, events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

GATE_SHUT_MS = 0x0FFFFFFF
NEEDLESS_S = 3_600  # of the starvation rule when nothing is due


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
        self.settings_slot = SlotPair(slots, SETTINGS)
        self.ledger = Ledger()
        self.lockout = Lockout()
        self.alarms = Alarms()
        self.clock = Clock(board.now(), 0)
        self.journal: Any = None
        self.session: Any = None
        self.serial = b""
        self.stroke_pl = 0
        self.sensed_pl = 0  # what the flow sensor saw of a stroke at calibration, 0 = not known
        self.utc_offset_min = 0
        self.prescription = None
        self.guard: Any = None
        self.therapy: Any = None
        self.check: Any = None
        self.infusion: Any = None
        self.wear: Any = None
        self.unasked = Unasked()
        self.battery = Battery()
        self.battery_mv = self.temperature_cdegc = 0  # last seen, for the status
        self.stop_starts = StopStarts()
        self.stopped_s = 0  # since when therapy has not run
        self.free_flow = FreeFlow(FREE_FLOW_RAW)  # watches while there is no guard
        self.button = Button(board.now(), 0)
        self.reset_cause = 0
        self.crashes = 0  # watchdog resets within an hour of each other
        self.sighted_s = 0  # when all sensors last gave a reading
        self.blind_looks = 0  # in a row, at least one sensor without a reading
        self.boot_s = 0
        self.last_stroke_s = 0
        self.due_since_s = 0  # therapy has been due, undisturbed, since then
        self.let_s = -1  # when a clinician let it go on without a stroke before, -1 = not yet
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
        self.infusion = InfusionCheck((self.sensed_pl or self.stroke_pl) // 1000)
        if self.wear is None or self.wear.calibrated_pl != self.stroke_pl:
            self.wear = Wear(self.stroke_pl, self.sensed_pl, clock.s)
        self.weigh_strokes()
        self.set_gate()

    def set_gate(self):
        """Hand the guard's least time between strokes to the board; no flow = no strokes."""
        self.board.gate(self.guard.gate_ms() or GATE_SHUT_MS)

    def weigh_strokes(self):
        """What a stroke counts for by now, to therapy, guard and tally alike."""
        self.therapy.flow.set_stroke(self.clock.tick, self.wear.stroke_pl)
        self.guard.extra_permille = self.wear.extra_permille()
        self.tally.close_marks()

    def local_second(self):
        """Local second of the week; None while the wall clock is invalid."""
        wall_s = self.board.wall_get()
        return second_of_week(wall_s, self.utc_offset_min) if wall_s else None

    def profile(self):
        """Number of the patient bolus's profile that applies by the wall clock."""
        programme = self.therapy.programme
        second = self.local_second()
        if second is None or not programme.profiles:
            return programme.weakest()
        return programme.day.order[programme.day.place(second // 900)]

    def gap_s(self):
        """The longest time between strokes that is due now, 0 if none is."""
        therapy = self.therapy
        if not therapy.minimum_rate:
            return self.guard.limits.longest_gap_s
        rate = therapy.programme.minimum_nl_per_h
        return self.stroke_pl * 36 // (10 * rate) + 1 if rate else 0

    def run(self, on):
        """Start or stop therapy and its guard, and the driver with them."""
        if on:
            self.therapy.start(self.clock, self.local_second(), self.state.minimum_rate)
        else:
            self.therapy.stop(self.clock.tick)
            self.stopped_s = self.clock.s
        self.guard.run(on, self.state.minimum_rate)
        self.set_gate()
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
            self.therapy.advance(self.clock)
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
        if self.therapy.priming:
            return codes.PRIMING
        if self.therapy.minimum_rate:
            return codes.MINIMUM
        in_bolus = self.therapy.patient.running or self.therapy.clinician.running
        return codes.BOLUS if in_bolus else codes.RUNNING
