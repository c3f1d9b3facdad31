"""The tickless loop: one turn, feed the watchdog, sleep until something is due.

Every part says when it next has something to do; the board sleeps until then,
or until a byte, a button edge, or a flow that the guard must see.
"""

import binascii
import gc

from pump.app import alarming, bolus, delivery, press, recovery
from pump.app.desk import Desk
from pump.app.journal import Journal
from pump.app.orders import stop
from pump.app.pump import Pump
from pump.core.starvation import UPTIME_S
from pump.link.session import Session
from pump.store.nor import FlashFault
from thecal_wire import codes, events, halpipe

LONGEST_SLEEP_MS = 5_000  # the watchdog's limit on the Pico is 8.3 s
HELD_BACK_MS = 1_000  # when to ask again for a stroke that the guard refused
REPORT_S = 3_600
HEAP_SPENT_BYTES = 40_000  # garbage that is worth a collection
TIDY_S, TIDY_REQUESTS = 60, 16  # when to see how much there is; a request leaves some 2 kB
IDLE_MS = 500  # a flash erase may take 400 ms: only when nothing is due sooner


def run(board):
    """Recover, then turn for ever."""
    forever(start(board))


def start(board):
    """The pump after recovery, its link open."""
    pump = Pump(board)
    recovery.recover(pump, Journal)
    desk = Desk(pump)
    pump.session = Session(desk)
    desk.session = pump.journal.session = pump.session
    pump.session.text("thecal boot %d mode %s" % (pump.state.boot, codes.MODES[pump.mode]))
    _tidy(pump)  # what the recovery left
    return pump


def crashed(pump, error):
    """Leave a note in the log: which kind of error nobody foresaw."""
    pump.journal.write(events.CRASH, binascii.crc32(type(error).__name__.encode()), 0)


def forever(pump):
    """Turn, feed, sleep."""
    board = pump.board
    wake = halpipe.WAKE_USB | halpipe.WAKE_BUTTON
    while True:
        try:
            turn(pump, wake)
        except FlashFault as fault:
            alarming.raise_alarm(pump, codes.STORE_DEFECT, fault.address)
            alarming.settle(pump)
        recovery.carry(pump)
        board.feed()
        wake = board.sleep(sleep_ms(pump), watch_raw(pump))
        pump.clock.advance(board.now())


def turn(pump, wake):
    """One control step; makes at most one stroke and answers at most one request."""
    _keep_quarter(pump)
    _buttons(pump, wake & halpipe.WAKE_BUTTON)
    if pump.guard is None:
        delivery.look_without_guard(pump)
    else:
        bolus.over(pump)
        pump.therapy.advance(pump.clock)
        if pump.therapy.step_due(pump.clock.s):
            _step(pump)
        delivery.look(pump)
        if pump.therapy.flow.pending:
            delivery.stroke(pump)
            bolus.over(pump)
    alarming.watch_idle(pump)
    _keep_hour(pump)
    pump.session.turn(pump.board, wake & halpipe.WAKE_USB, due_ms(pump) > IDLE_MS)
    _idle(pump)


def sleep_ms(pump):
    """How long nothing is due, the link's answers included."""
    outbox_ms = pump.session.outbox.retry_ms()
    if pump.session.busy() and not outbox_ms:
        return 0
    return _sooner(due_ms(pump), outbox_ms)


def due_ms(pump):
    """How long nothing is due but for the link."""
    clock = pump.clock
    least_ms = _sooner(LONGEST_SLEEP_MS, pump.button.next_ms(clock.tick))
    if pump.therapy is None:
        return least_ms
    if pump.therapy.flow.pending:
        # Pending and not made: the guard holds it back. Look again when its gate opens.
        return _sooner(least_ms, pump.guard.gate_left_ms(clock) or HELD_BACK_MS)
    return _sooner(least_ms, pump.therapy.next_due_ms(clock))


def _sooner(ms, other_ms):
    return ms if other_ms is None or ms < other_ms else other_ms


def watch_raw(pump):
    """Sensed flow at which the board must wake the guard; None once free flow is known."""
    if pump.alarms.is_active(codes.FREE_FLOW):
        return None
    return (pump.guard or pump).free_flow.threshold_raw()


def _buttons(pump, woken):
    if not woken:
        press.meant(pump, pump.button.settle(pump.clock.tick), stop)
        return
    _level, edges = pump.board.buttons()
    for tick, level in edges:
        press.meant(pump, pump.button.edge(tick, level), stop)
    press.meant(pump, pump.button.settle(pump.clock.tick), stop)


def _step(pump):
    """A step of the programme starts: take its rate from the wall clock."""
    pump.report_delivery()
    second = pump.local_second()
    if pump.therapy.follow(pump.clock, second):
        pump.journal.write(events.STEP, pump.therapy.flex.rate_nl_per_h,
                           0xFFFF if second is None else second // 900)


def _keep_quarter(pump):
    """A checkpoint each quarter hour, before any stroke of it: a page's marks share one quarter."""
    pump.ledger.advance(pump.clock.s)
    if pump.ledger.newest == pump.checkpoint_quarter and not pump.tally.wants_checkpoint():
        return
    alarming.watch_reservoir(pump)
    if pump.therapy is not None and pump.therapy.running and not pump.therapy.priming:
        alarming.watch_long_stop(pump)
    try:
        pump.checkpoint()
    except FlashFault as fault:
        # A dead tally: no stroke without a mark, but the link and STOP must go on.
        alarming.raise_alarm(pump, codes.STORE_DEFECT, fault.address)


def _keep_hour(pump):
    """Delivery records each hour; a day of uptime ends the count of restarts."""
    if pump.clock.s - pump.journal.since_s >= REPORT_S:
        pump.report_delivery()
        pump.journal.since_s = pump.clock.s
    if pump.clock.s - pump.boot_s >= UPTIME_S:
        pump.state.restarts = 0
    if pump.state.restarts == 0:
        alarming.clear_alarm(pump, codes.BOLUS_UNAVAILABLE)


def _watch_wall(pump):
    """A wall clock that lost its time is told within a minute; the lowest step applies (SR12)."""
    if pump.board.wall_known():
        alarming.clear_alarm(pump, codes.CLOCK_LOST)
        return
    alarming.raise_alarm(pump, codes.CLOCK_LOST)
    if pump.therapy is not None and pump.therapy.running and pump.therapy.flex.timed():
        pump.report_delivery()
        pump.therapy.clock_was_set(pump.clock, None)


def _idle(pump):
    """Erase ahead and tidy the heap while nothing is due, never within a control step."""
    if sleep_ms(pump) <= IDLE_MS:
        return
    if pump.clock.s - pump.tidied_s >= TIDY_S or pump.session.answered >= TIDY_REQUESTS:
        # Asking how much is free walks the whole heap, 8 ms on the Pico: not at every turn.
        pump.tidied_s = pump.clock.s
        pump.session.answered = 0
        if gc.mem_free() < pump.tidy_bytes - HEAP_SPENT_BYTES:
            _tidy(pump)
        _watch_wall(pump)
    delivery.open_marks(pump)
    if pump.log.wants_erase():
        pump.log.erase_ahead()
    elif pump.tally.wants_erase():
        pump.tally.erase_ahead()


def _tidy(pump):
    """Collect what nobody uses any more; a control step then finds the heap ready."""
    gc.collect()
    pump.tidy_bytes = gc.mem_free()
