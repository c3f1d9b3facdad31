"""A bolus of any kind: its grant, its end, and its place in the log (SR13, SR14, SR21, SR26).

`Run` in the tally (tally.bolus, tally.clinician) is one bolus, present or last.
"""

import struct

from pump.core.guard import BOLUS, CLINICIAN, PRIME
from pump.core.therapy import bolus_share_nl
from pump.store import pages
from pump.store.nor import FlashFault
from thecal_wire import codes, events

_BOLUS_ID_AT = {events.PRESS: ("<H", 8, 0xFFFF), events.BOLUS_START: ("<I", 0, 0xFFFFFFFF),
                events.BOLUS_END: ("<I", 0, 0xFFFFFFFF)}


def over(pump):
    """Let time pass for the guard; a bolus whose time is up ends complete."""
    ended = pump.guard.advance(pump.clock)
    if not ended:
        return
    therapy, tick = pump.therapy, pump.clock.tick
    if ended == CLINICIAN:
        therapy.end_clinician(tick)
        _ended(pump, codes.CLINICIAN_BOLUS, codes.END_COMPLETE, 0)
    else:
        therapy.end_bolus(tick)
        _ended(pump, running_kind(pump), codes.END_COMPLETE, 0)
        if ended == PRIME:
            stop_priming(pump)
    pump.set_gate()
    pump.update_mode(codes.ACTOR_SYSTEM)


def finish(pump, reason):
    """End every bolus that runs or waits: log its volume once, start the lockout."""
    therapy, guard, clock, state = pump.therapy, pump.guard, pump.clock, pump.state
    if therapy is None or not (state.in_bolus or state.in_clinician):
        return
    patient_left_s = therapy.patient.left_ms(clock.tick) // 1000
    clinician_left_s = therapy.clinician.left_ms(clock.tick) // 1000
    guard.drop_clinician()  # or the patient bolus's end would let it go on
    was_priming = guard.phase == PRIME
    guard.end_bolus(clock)
    therapy.end_clinician(clock.tick)
    therapy.end_bolus(clock.tick)
    pump.report_delivery()
    pump.set_gate()
    if state.in_bolus:
        close(pump, running_kind(pump), reason, patient_left_s)
    if state.in_clinician:
        close(pump, codes.CLINICIAN_BOLUS, reason, clinician_left_s)
    if was_priming:
        stop_priming(pump)
    pump.update_mode(codes.ACTOR_SYSTEM)


def stop_priming(pump):
    """After a priming bolus the pump is stopped, as before it."""
    pump.therapy.stop(pump.clock.tick)
    pump.guard.run(False)
    pump.stopped_s = pump.clock.s
    pump.board.enable(False)


def running_kind(pump):
    """Patient or priming: the kind of the bolus that `state.in_bolus` tells of."""
    return codes.PRIMING_BOLUS if pump.state.priming else codes.PATIENT_BOLUS


def close(pump, kind, reason, left_s):
    """Put the end of a bolus into the log, then into the tally.

    In this order: a power cut between the two is seen by recovery, which looks
    for the record before it writes a second one.
    """
    run = run_of(pump, kind)
    delivered_nl = _delivered_nl(pump, kind, run)
    if not recorded(pump, events.BOLUS_END, run):
        pump.journal.write(events.BOLUS_END, run.id, delivered_nl, reason)
        if reason != codes.END_COMPLETE and delivered_nl < run.nl:
            pump.journal.write(events.NOT_DELIVERED, run.nl - delivered_nl, codes.LOST_BOLUS,
                               left_s)
    if kind == codes.CLINICIAN_BOLUS:
        pump.state.in_clinician = False
    else:
        pump.state.in_bolus = pump.state.priming = False
    try:
        pump.write_state(pages.BOLUS_END, struct.pack(
            pages.END_BODY, kind, reason, min(run.strokes, 0xFFFF), run.lockout_s))
    except FlashFault as fault:
        # Whatever ends the bolus must get on with it: watch() turns this into an alarm.
        pump.board.trace("end of bolus not kept: %s" % fault)
        pump.journal.failed = True


def run_of(pump, kind):
    """The tally's account of the present or last bolus of a kind."""
    return pump.tally.clinician if kind == codes.CLINICIAN_BOLUS else pump.tally.bolus


def recorded(pump, kind, run):
    """True if the log holds an event of this kind for that bolus."""
    layout, at, bits = _BOLUS_ID_AT[kind]
    wanted = run.id & bits
    for record in pump.log.since(run.seq):
        fields = events.unpack(record)
        if fields[2] == kind and struct.unpack_from(layout, fields[6], at)[0] == wanted:
            return True
    return False


def write_grant(pump, kind, counter, volume_nl, duration_s, lockout_s):
    """Write grant and command counter, before any stroke; False if flash refused."""
    state, tally = pump.state, pump.tally
    state.bolus_id += 1
    flags = state.in_bolus, state.priming, state.in_clinician
    if kind == codes.CLINICIAN_BOLUS:
        state.in_clinician = True
    else:
        state.in_bolus = True
        state.priming = kind == codes.PRIMING_BOLUS
    seq = pump.log.next_seq
    try:
        pump.write_state(pages.GRANT, struct.pack(
            pages.GRANT_BODY, kind, counter, state.bolus_id, volume_nl, duration_s, seq,
            lockout_s))
    except FlashFault as fault:
        state.in_bolus, state.priming, state.in_clinician = flags
        pump.board.trace("grant not written: %s" % fault)
        return False
    tally.counter = max(tally.counter, counter)
    run_of(pump, kind).granted(state.bolus_id, seq, volume_nl, duration_s, lockout_s)
    return True


def begun(pump, kind, actor):
    """The flow of a granted bolus has begun: log it."""
    run = run_of(pump, kind)
    pump.set_gate()
    pump.journal.write(events.BOLUS_START, run.id, run.nl, min(run.s, 0xFFFF))
    pump.update_mode(actor)


def recall_begin(pump, run):
    """After a cut: the begin of a bolus stands in the log, once."""
    if not recorded(pump, events.BOLUS_START, run):
        pump.journal.write(events.BOLUS_START, run.id, run.nl, min(run.s, 0xFFFF))


def _ended(pump, kind, reason, left_s):
    pump.report_delivery()
    close(pump, kind, reason, left_s)


def _delivered_nl(pump, kind, run):
    basal_nl_per_h = 0 if kind == codes.PRIMING_BOLUS else pump.therapy.basal_nl_per_h()
    return bolus_share_nl(run.nl, run.nl * 3600 // max(run.s, 1), basal_nl_per_h, run.strokes,
                          pump.stroke_pl)


def mark_kind(guard):
    """What kind of stroke the guard would permit now, as the tally marks it."""
    if guard.phase == BOLUS:
        return pages.PATIENT_STROKE
    if guard.phase == CLINICIAN:
        return pages.CLINICIAN_STROKE
    return pages.PRIMING_STROKE if guard.phase == PRIME else pages.BASAL_STROKE
