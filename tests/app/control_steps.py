"""Control steps of the whole pump with the heap locked, in every mode of therapy.

MicroPython only: on the unix port with still_board.py, and at the prompt of the development
image with the Pico's own body. `loop.forever` itself runs. The heap is locked from one feed of
the watchdog to the next, sleep included; whoever then asks it for memory gets a MemoryError,
which ends the run and is told. Open it is for

* a turn that has something to write down beside the mark of its stroke (`upkeep`),
* the loop's idle part, when it writes or erases (`idle_writes`).
"""

import sys

import micropython

from pump.app import bolus, dosing, loop, orders, press
from pump.core.button import PRESS
from pump.core.clock import elapsed_ms, plus_ms
from pump.core.guard import BASAL, MINIMUM, OFF
from pump.core.ledger import QUARTER_S
from pump.link.outbox import Outbox
from thecal_wire import codes, messages
from thecal_wire import prescription as wire

SERIAL = b"TV000001"
WANTED = 4  # control steps with a stroke in each mode, and as many that only look
PATIENCE_S = 400  # of pump time for a mode
SOON_MS = 1_000  # a bolus that ends so soon may end within the turn

# 1,000 ug/mL: ng are nL. A stroke each 15 s.
FAST_NL_PER_DAY = 24 * 60_000
PROFILE = (0, 10_000, 300, 60, 24)  # from midnight: nL, s, lockout s, count a day


class Done(Exception):
    """The mode's steps are made."""


def record(steps, periodic=(0, 0, 0)):
    """A prescription with these steps (start in quarter hours, nL a day)."""
    head = (wire.VERSION, 0, SERIAL, b"morphine", 1_000, FAST_NL_PER_DAY // 2)
    head += periodic + (0, 0, 50_000_000, 500, 2_200, 30_000, 1_000_000, 60)
    return wire.pack(head, [(wire.EVERY_DAY, start, rate) for start, rate in steps], [PROFILE])


STEADY = record([(0, FAST_NL_PER_DAY)])
FLEX = record([(at, FAST_NL_PER_DAY - 100_000 * at % 700_000) for at in range(0, 96, 8)])
PERIODIC = record([(0, FAST_NL_PER_DAY)], (10_000, 600, 900))


class Steps:
    """Locks the heap around the steps of one pump, and counts them."""

    def __init__(self, pump):
        self.pump = pump
        self.locked = self._short = False
        self.strokes = self.looks = self.upkeep = 0
        self._total = self._until_s = 0
        self._wanted_strokes = self._wanted_looks = 0
        board = pump.board
        self._feed, self._sleep, self._idle = board.feed, board.sleep, loop._idle
        board.feed, board.sleep, loop._idle = self.feed, self.sleep, self.idle

    def run(self, strokes):
        """Let `loop.forever` go on until so many control steps of both kinds were made."""
        self.strokes = self.looks = self.upkeep = 0
        self._wanted_strokes, self._wanted_looks = strokes, WANTED
        self._until_s = self.pump.clock.s + PATIENCE_S
        self.pump.clock.advance(self.pump.board.now())
        try:
            loop.forever(self.pump)
        except Done:
            pass
        finally:
            self.lock(False)

    def lock(self, on):
        """Lock the heap or open it."""
        if on and not self.locked:
            micropython.heap_lock()
        elif self.locked and not on:
            micropython.heap_unlock()
        self.locked = on

    # --- in the place of what the loop calls ------------------------------------------

    def feed(self):
        """A turn ends: count it; the next step begins."""
        self._feed()
        total = self.pump.tally.total
        if not self.locked:
            self.upkeep += 1
        elif total != self._total:
            self.strokes += 1
        else:
            self.looks += 1
        self._total = total
        if self.strokes >= self._wanted_strokes and self.looks >= self._wanted_looks:
            self.lock(False)
            raise Done
        if self.pump.clock.s >= self._until_s:
            self.lock(False)
            raise Done
        self.lock(True)

    def sleep(self, duration_ms, watch_raw):
        """Sleep, every other time too short, so that the turn that follows is one that only looks.

        Then see whether that turn is a control step.
        """
        self._short = not self._short
        wake = self._sleep(duration_ms // 2 if self._short else duration_ms, watch_raw)
        self.pump.clock.advance(self.pump.board.now())
        self.lock(not upkeep(self.pump, wake))
        return wake

    def idle(self, pump):
        """The loop's idle part."""
        was = self.locked
        self.lock(was and not idle_writes(pump))
        self._idle(pump)
        self.lock(was)


def upkeep(pump, wake):
    """True if the turn to come has more to do than to look and to make a stroke."""
    clock, guard = pump.clock, pump.guard
    if wake or clock.s // QUARTER_S != pump.checkpoint_quarter or pump.tally.wants_checkpoint():
        return True
    if pump.session.busy():
        return True
    if pump.therapy.step_due(clock.s) or clock.s - pump.journal.since_s >= loop.REPORT_S:
        return True
    if guard.phase == OFF:
        return False
    in_bolus = guard.phase != BASAL and guard.phase != MINIMUM
    if in_bolus and elapsed_ms(plus_ms(clock.tick, SOON_MS), guard._end_tick) >= 0:
        return True
    return not pump.tally.takes_marks(bolus.mark_kind(guard))


def idle_writes(pump):
    """True if the idle part would begin a page of marks, or erase, if there is time."""
    guard = pump.guard
    if guard.phase != OFF and not pump.tally.takes_marks(bolus.mark_kind(guard)):
        return True
    return pump.log.wants_erase() or pump.tally.wants_erase()


# --- the modes -----------------------------------------------------------------------


def simple(pump):
    """One rate."""
    orders.prescribe(pump, STEADY)
    orders.start(pump, True, False)


def patient(pump):
    """Alone, or while a clinician bolus runs."""
    press.meant(pump, PRESS, orders.stop)


def clinician(pump):
    """For long enough that the patient's lockout passes."""
    stopped(pump)
    orders.start(pump, False, False)
    dosing.clinician_bolus(pump, pump.tally.counter + 1, 20_000, 600)


def stopped(pump):
    """Looks only."""
    orders.stop(pump, codes.ACTOR_CLINICIAN)


def priming(pump):
    """With therapy stopped."""
    dosing.prime(pump, pump.tally.counter + 1, 8_000)


def minimum(pump):
    """Instead of the programme."""
    stopped(pump)
    orders.start(pump, False, True)


def flex(pump):
    """A dozen steps."""
    stopped(pump)
    orders.prescribe(pump, FLEX)
    orders.start(pump, False, False)


def periodic(pump):
    """Begins at once: else one waits a whole interval."""
    orders.prescribe(pump, PERIODIC)
    pump.therapy._pulse_due_s = pump.clock.s


# How it begins, and control steps with a stroke: so many that a lockout of 60 s passes.
MODES = (
    ("simple", simple, 5),
    ("patient bolus", patient, WANTED),
    ("clinician bolus", clinician, 14),
    ("clinician bolus, pre-empted", patient, WANTED),
    ("stopped", stopped, 0),
    ("priming", priming, WANTED),
    ("minimum rate", minimum, WANTED),
    ("flex", flex, WANTED),
    ("periodic bolus", periodic, WANTED),
)


def ready(board, stroke_pl, sensed_pl):
    """A new pump on this body, calibrated and filled; it tells nothing to a host."""
    pump = loop.start(board)
    pump.journal.session, pump.session.outbox = None, Outbox()
    orders.calibrate(pump, SERIAL, stroke_pl, sensed_pl)
    orders.refill(pump, 18_000_000, messages.NOT_MEASURED)
    return pump


def live(board, stroke_pl, sensed_pl):
    """All modes, a line for each; ends with the first step that asks the heap for memory."""
    if hasattr(micropython, "alloc_emergency_exception_buf"):  # the unix port keeps one ready
        micropython.alloc_emergency_exception_buf(1_000)
    pump = ready(board, stroke_pl, sensed_pl)
    steps = Steps(pump)
    for name, begin, strokes in MODES:
        begin(pump)
        try:
            steps.run(strokes)
        except MemoryError as error:
            print(f"{name}: after {steps.strokes} strokes and {steps.looks} looks")
            sys.print_exception(error)
            return
        print(f"{name}: {holds(pump)}; {steps.strokes} strokes, {steps.looks} looks, "
              f"{steps.upkeep} others")


def holds(pump):
    """What runs, as therapy and guard have it."""
    therapy = pump.therapy
    flags = (("running", therapy.running), ("patient", therapy.patient.running),
             ("clinician", therapy.clinician.running), ("paused", therapy.clinician.paused),
             ("periodic", therapy.pulse.running), ("priming", therapy.priming),
             ("minimum", therapy.minimum_rate), ("flex", len(therapy.programme.rates) > 1))
    return " ".join([name for name, on in flags if on] + ["phase", str(pump.guard.phase)])
