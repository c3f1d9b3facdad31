"""A clinician's dose commands: bolus and prime, each given once (SR21, SR22, SR27, SR36).

The command's counter is written with the grant, before the first stroke: the
same command sent again is answered `already`, also after a restart.
"""

from pump.app import bolus
from pump.core import units
from pump.core.prescription import BOLUS_MAX_S
from pump.core.prime_rule import prime_duration_s
from pump.link.session import Refused
from thecal_wire import codes, events, messages

DOSE_FIELD, DURATION_FIELD, VOLUME_FIELD = 1, 2, 1  # places in BOLUS_FIELDS and PRIME_FIELDS


def clinician_bolus(pump, counter, dose_ng, duration_s):
    """Grant and begin a clinician bolus, or raise Refused; logged either way (SR76)."""
    volume_nl = 0
    try:
        _fresh(pump, counter)
        bolus.over(pump)
        pump.therapy.advance(pump.clock)
        volume_nl = units.volume_down_nl(dose_ng,
                                         pump.therapy.programme.concentration_ug_per_ml)
        _duration(pump, volume_nl, duration_s)
        refusal = pump.guard.clinician_refusal(pump.clock, pump.state.reservoir_nl, volume_nl)
        _admit(pump, codes.CLINICIAN_BOLUS, refusal, counter, volume_nl, duration_s)
    except Refused as refused:
        _log(pump, codes.CLINICIAN_BOLUS, refused.code, counter, volume_nl)
        raise
    pump.report_delivery()
    pump.guard.grant_clinician(pump.clock, volume_nl, duration_s)
    pump.therapy.start_clinician(pump.clock.tick, volume_nl, duration_s)
    bolus.begun(pump, codes.CLINICIAN_BOLUS, codes.ACTOR_CLINICIAN)
    return messages.pack(messages.GRANTED_FIELDS, pump.tally.clinician.id, counter)


def prime(pump, counter, volume_nl):
    """Grant and begin a priming bolus, or raise Refused; logged either way (SR76)."""
    duration_s = prime_duration_s(volume_nl)
    try:
        _fresh(pump, counter)
        if volume_nl * 1000 < pump.stroke_pl:
            raise Refused(codes.TOO_SMALL, VOLUME_FIELD, volume_nl, -(-pump.stroke_pl // 1000))
        refusal = pump.guard.prime_refusal(pump.state.reservoir_nl, volume_nl)
        _admit(pump, codes.PRIMING_BOLUS, refusal, counter, volume_nl, duration_s)
    except Refused as refused:
        _log(pump, codes.PRIMING_BOLUS, refused.code, counter, volume_nl)
        raise
    pump.guard.grant_prime(pump.clock, volume_nl, duration_s)
    pump.therapy.start_prime(pump.clock.tick, volume_nl, duration_s)
    pump.board.enable(True)
    bolus.begun(pump, codes.PRIMING_BOLUS, codes.ACTOR_CLINICIAN)
    return messages.pack(messages.GRANTED_FIELDS, pump.tally.bolus.id, counter)


def prime_left_nl(pump):
    """Volume that may still be primed until the next refill."""
    left = pump.guard.limits.prime_strokes - pump.ledger.primed
    return max(0, left) * pump.stroke_pl // 1000


def _fresh(pump, counter):
    if pump.guard is None:
        raise Refused(codes.NO_PRESCRIPTION)
    highest = pump.tally.counter
    if counter <= highest:
        raise Refused(codes.ALREADY, 0, counter, highest)
    if counter != highest + 1:
        raise Refused(codes.BAD_RANGE, 0, counter, highest + 1)


def _duration(pump, volume_nl, duration_s):
    """SR22: from the lockout to 6 h, and within the pump's highest rate (SR02)."""
    least_s = pump.guard.limits.longest_lockout_s
    if duration_s < least_s:
        raise Refused(codes.BAD_RANGE, DURATION_FIELD, duration_s, least_s)
    if duration_s > BOLUS_MAX_S:
        raise Refused(codes.BAD_RANGE, DURATION_FIELD, duration_s, BOLUS_MAX_S)
    room_nl_per_h = units.RATE_MAX_NL_PER_H - pump.guard.limits.fast_nl_per_h
    if volume_nl * 3600 // duration_s > room_nl_per_h:
        raise Refused(codes.BAD_RANGE, DURATION_FIELD, duration_s,
                      volume_nl * 3600 // (room_nl_per_h + 1) + 1)


def _admit(pump, kind, refusal, counter, volume_nl, duration_s):
    """Write the grant if nothing speaks against it, or raise Refused."""
    if refusal == codes.GRANTED and not bolus.write_grant(pump, kind, counter, volume_nl,
                                                          duration_s, 0):
        refusal = codes.STORE_FAILED
    if refusal != codes.GRANTED:
        raise Refused(refusal, 0, _value(pump, refusal), 0)
    _log(pump, kind, codes.GRANTED, counter, volume_nl)


def _log(pump, kind, result, counter, volume_nl):
    pump.journal.write(events.DOSE_COMMAND, kind, result, counter, min(volume_nl, 0xFFFFFFFF))


def _value(pump, refusal):
    if refusal == codes.ALARM:
        return pump.alarms.active
    return prime_left_nl(pump) if refusal == codes.PRIME_CAP else 0
