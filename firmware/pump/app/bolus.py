"""The patient's press, and a bolus's begin and end (SR13, SR14, SR26)."""

import struct

from pump.core.button import FREED, NONE, PRESS, STOP, STUCK
from pump.core.guard import BOLUS
from pump.core.therapy import bolus_share_nl
from pump.store import pages
from pump.store.nor import FlashFault
from thecal_wire import codes, events, halpipe

_BOLUS_ID_AT = {events.PRESS: ("<H", 8, 0xFFFF), events.BOLUS_START: ("<I", 0, 0xFFFFFFFF),
                events.BOLUS_END: ("<I", 0, 0xFFFFFFFF)}
_BUTTON_EVENTS = {STOP: events.BUTTON_STOP, STUCK: events.BUTTON_STUCK, FREED: events.BUTTON_FREED}


def press(pump):
    """A press that counts: ask the guard, grant or tell the patient no; log it once."""
    clock = pump.clock
    if pump.guard is None:
        result, left_s = codes.NOT_RUNNING, 0
    else:
        over(pump)
        result = pump.guard.bolus_refusal(clock, pump.state.reservoir_nl)
        left_s = pump.lockout.left_s(clock.s, pump.guard.limits.lockout_s)
    if result == codes.GRANTED and not _grant(pump):
        result = codes.UNAVAILABLE
    _journal_press(pump, result, left_s, min(pump.button.held_ms, 0xFFFF))
    if result == codes.GRANTED:
        _begin(pump)
    pump.board.sound(
        halpipe.PATTERN_GRANTED if result == codes.GRANTED else halpipe.PATTERN_REFUSED)


def meaning(pump, what):
    """Act on what the button meant, other than a press; returns the event kind or 0."""
    if what in (NONE, PRESS):
        return 0
    kind = _BUTTON_EVENTS.get(what, events.BUTTON_OTHER)
    pump.journal.write(events.BUTTON, kind, pump.button.held_ms)
    return kind


def over(pump):
    """Let time pass for the guard; a bolus whose time is up ends complete."""
    pump.guard.advance(pump.clock)
    if pump.state.in_bolus and pump.guard.phase != BOLUS:
        finish(pump, codes.END_COMPLETE)


def finish(pump, reason):
    """End the running bolus, if there is one: log its volume once, start the lockout."""
    therapy, guard, clock = pump.therapy, pump.guard, pump.clock
    if therapy is None or not pump.state.in_bolus:
        return
    left_s = therapy.bolus_left_ms(clock.tick) // 1000
    therapy.end_bolus(clock.tick)
    pump.report_delivery()
    guard.end_bolus(clock)
    pump.set_gate()
    close(pump, therapy.programme, reason, left_s)
    pump.update_mode(codes.ACTOR_SYSTEM)


def close(pump, programme, reason, left_s):
    """Put the end of a bolus into the log, then into the tally.

    In this order: a power cut between the two is seen by recovery, which looks
    for the record before it writes a second one.
    """
    strokes = pump.tally.total - pump.tally.bolus_total
    delivered_nl = bolus_share_nl(programme, strokes)
    if not recorded(pump, events.BOLUS_END):
        pump.journal.write(events.BOLUS_END, pump.state.bolus_id, delivered_nl, reason)
        if reason != codes.END_COMPLETE and delivered_nl < programme.bolus_nl:
            pump.journal.write(events.NOT_DELIVERED, programme.bolus_nl - delivered_nl,
                               codes.LOST_BOLUS, left_s)
    pump.state.in_bolus = False
    try:
        pump.write_state(pages.BOLUS_END, struct.pack(pages.END_BODY, reason,
                                                      min(strokes, 0xFFFF)))
    except FlashFault as fault:
        # Whatever ends the bolus must get on with it: watch() turns this into an alarm.
        pump.board.trace("end of bolus not kept: %s" % fault)
        pump.journal.failed = True


def recorded(pump, kind):
    """True if the log holds this kind for the present bolus."""
    layout, at, bits = _BOLUS_ID_AT[kind]
    wanted = pump.state.bolus_id & bits
    for record in pump.log.since(pump.tally.bolus_seq):
        fields = events.unpack(record)
        if fields[2] == kind and struct.unpack_from(layout, fields[6], at)[0] == wanted:
            return True
    return False


def recall_begin(pump):
    """After a cut: the press and the begin of the present bolus stand in the log, once."""
    programme = pump.therapy.programme
    if not recorded(pump, events.PRESS):
        _journal_press(pump, codes.GRANTED, 0, 0)
    if not recorded(pump, events.BOLUS_START):
        pump.journal.write(events.BOLUS_START, pump.state.bolus_id, programme.bolus_nl,
                           programme.bolus_s)


def _journal_press(pump, result, left_s, held_ms):
    bolus_id = pump.state.bolus_id & 0xFFFF if result == codes.GRANTED else 0
    pump.journal.write(events.PRESS, result, left_s, held_ms, pump.ledger.grant_count, bolus_id)


def _grant(pump):
    """Write the grant, with the first page of its marks to follow; False if flash refused."""
    state = pump.state
    state.bolus_id += 1
    state.in_bolus = True
    state.restarts = 0
    pump.tally.bolus_total = pump.tally.total
    pump.tally.bolus_seq = pump.log.next_seq
    try:
        pump.write_state(pages.GRANT, struct.pack(
            pages.GRANT_BODY, 0, min(pump.guard.limits.bolus_strokes, 0xFFFF),
            pump.log.next_seq))
    except FlashFault as fault:
        state.in_bolus = False
        pump.board.trace("grant not written: %s" % fault)
        return False
    return True


def _begin(pump):
    pump.report_delivery()
    programme = pump.therapy.programme
    pump.guard.grant(pump.clock)
    pump.therapy.start_bolus(pump.clock.tick)
    pump.set_gate()
    pump.journal.write(events.BOLUS_START, pump.state.bolus_id, programme.bolus_nl,
                       programme.bolus_s)
    pump.update_mode(codes.ACTOR_PATIENT)
