"""Is a prescription complete and deliverable by this device (SR17, SR30, SR33, SR40)?

The host checks too, as a courtesy to its user; what decides is here. A problem
names the field, the entry if there are several, its value and the limit it breaks.
"""

from pump.core import units, window_rule
from pump.core.ledger import GRANTS_MAX
from pump.core.programme import LOCKOUT_MIN_S, WINDOWS_S, Programme
from thecal_wire import codes
from thecal_wire import prescription as wire

CONCENTRATION_MAX_UG_PER_ML = 50_000
BOLUS_MIN_S = 60  # SR22
BOLUS_MAX_S = 6 * 3600
LOCKOUT_MAX_S = 86_400
PULSE_INTERVAL_MIN_S = 900
PULSE_INTERVAL_MAX_S = 86_400
CATHETER_MAX_MM = 1_500  # SR37; a sanity range, unverified
CATHETER_NL_PER_CM = (500, 5_000)  # 2.2 uL/cm is usual; unverified
INTERNAL_MAX_NL = 500_000
LOW_MIN_NL = 1_000_000  # SR43
LOW_MAX_NL = 10_000_000
PAUSE_MIN_MIN, PAUSE_MAX_MIN = 5, 1_440  # SR56
LIMITS = ("limit_1h_ng", "limit_4h_ng", "limit_24h_ng")


class Problem:
    """Why a prescription is refused: error code, field name, value, limit, and which entry."""

    def __init__(self, code, field, value, limit):
        self.code = code
        self.field = field
        self.value = value
        self.limit = limit
        self.entry = 0


def check(prescription, stroke_pl, serial):
    """Return the first Problem of a prescription for this pump, or None."""
    p = prescription
    if p.version != wire.VERSION:
        return Problem(codes.BAD_VERSION, "version", p.version, wire.VERSION)
    if p.device_serial != serial:
        return Problem(codes.WRONG_DEVICE, "device_serial", 0, 0)
    if not p.drug:
        return _invalid("drug", 0, 1)
    problem = _head(p) or _entries(p)
    if problem is not None:
        return problem
    programme = Programme(p, stroke_pl)
    return _flows(p, programme) or _limits(p, programme)


def _head(p):
    return (
        _range("flags", p.flags, 0, 0)
        or _range("concentration_ug_per_ml", p.concentration_ug_per_ml, 1,
                  CONCENTRATION_MAX_UG_PER_ML)
        or _periodic(p)
        or _range("catheter_mm", p.catheter_mm, 0, CATHETER_MAX_MM)
        or (_range("catheter_nl_per_cm", p.catheter_nl_per_cm, CATHETER_NL_PER_CM[0],
                   CATHETER_NL_PER_CM[1]) if p.catheter_mm else None)
        or _range("internal_nl", p.internal_nl, 0, INTERNAL_MAX_NL)
        or _range("reservoir_low_nl", p.reservoir_low_nl, LOW_MIN_NL, LOW_MAX_NL)
        or _range("pause_reminder_min", p.pause_reminder_min, PAUSE_MIN_MIN, PAUSE_MAX_MIN)
        or _range("steps", len(p.steps), 1, wire.STEPS_MAX)
        or _range("profiles", len(p.profiles), 0, wire.PROFILES_MAX)
        or _range("limit_24h_ng", p.limit_24h_ng, 1, 0xFFFFFFFF)
    )


def _periodic(p):
    if p.periodic_ng == 0:
        return (_range("periodic_duration_s", p.periodic_duration_s, 0, 0)
                or _range("periodic_interval_s", p.periodic_interval_s, 0, 0))
    return (_range("periodic_interval_s", p.periodic_interval_s, PULSE_INTERVAL_MIN_S,
                   PULSE_INTERVAL_MAX_S)
            or _range("periodic_duration_s", p.periodic_duration_s, BOLUS_MIN_S,
                      _periodic_max_s(p)))


def _periodic_max_s(p):
    return min(BOLUS_MAX_S, p.periodic_interval_s - 1)


def _entries(p):
    for number, (weekdays, start, _ng_per_day) in enumerate(p.steps):
        problem = (_range("step_weekdays", weekdays, 1, wire.EVERY_DAY)
                   or _range("step_start_quarter", start, 0, wire.QUARTERS_PER_DAY - 1)
                   or _same_start("step_start_quarter", p.steps, number))
        if problem is not None:
            return _at(problem, number)
    for number, (start, ng, s, lockout_s, count) in enumerate(p.profiles):
        problem = (_range("profile_start_quarter", start, 0, wire.QUARTERS_PER_DAY - 1)
                   or _range("bolus_ng", ng, 1, 0xFFFFFFFF)
                   or _range("bolus_duration_s", s, BOLUS_MIN_S, BOLUS_MAX_S)
                   or _range("bolus_lockout_s", lockout_s, LOCKOUT_MIN_S, LOCKOUT_MAX_S)
                   or _range("bolus_count_per_24h", count, 1, GRANTS_MAX))
        for earlier in p.profiles[:number]:
            if problem is None and earlier[0] == start:
                problem = _invalid("profile_start_quarter", start, start)
        if problem is not None:
            return _at(problem, number)
    return None


def _same_start(field, steps, number):
    """Two steps must not start at once on any day."""
    weekdays, start, _rate = steps[number]
    for other_days, other_start, _other in steps[:number]:
        if other_start == start and other_days & weekdays:
            return _invalid(field, start, start)
    return None


def _flows(p, g):
    """Every flow is nothing or within the pump's range; limits are told as doses (SR02)."""
    per_nl_per_h = p.concentration_ug_per_ml * 24  # pg a day
    for number, rate in enumerate(g.rates):
        ordered = p.steps[number][2]
        if ordered and rate < units.RATE_MIN_NL_PER_H:
            return _at(_invalid("basal_ng_per_day", ordered,
                                -(-units.RATE_MIN_NL_PER_H * per_nl_per_h // 1000)), number)
        if rate > units.RATE_MAX_NL_PER_H:
            return _at(_invalid("basal_ng_per_day", ordered,
                                ((units.RATE_MAX_NL_PER_H + 1) * per_nl_per_h - 1) // 1000),
                       number)
    if p.minimum_ng_per_day > min([step[2] for step in p.steps]):
        return _invalid("minimum_ng_per_day", p.minimum_ng_per_day,
                        min([step[2] for step in p.steps]))
    if p.minimum_ng_per_day and g.minimum_nl_per_h < units.RATE_MIN_NL_PER_H:
        return _invalid("minimum_ng_per_day", p.minimum_ng_per_day,
                        -(-units.RATE_MIN_NL_PER_H * per_nl_per_h // 1000))
    if p.periodic_ng:
        problem = _bolus(p, g, "periodic_ng", "periodic_duration_s", p.periodic_ng, g.pulse_nl,
                         g.pulse_s, g.pulse_nl_per_h, g.highest_nl_per_h, _periodic_max_s(p))
        if problem is not None:
            return problem
    for number, profile in enumerate(g.profiles):
        problem = _bolus(p, g, "bolus_ng", "bolus_duration_s", p.profiles[number][1], profile.nl,
                         profile.s, profile.nl_per_h, g.fast_nl_per_h, BOLUS_MAX_S)
        if problem is not None:
            return _at(problem, number)
    return None


def _bolus(p, g, field, duration_field, ng, nl, duration_s, nl_per_h, beside_nl_per_h, longest_s):
    """A bolus is at least 20 strokes, and with basal within the pump's highest rate (SR02)."""
    smallest_nl = -(-units.BOLUS_STROKES_MIN * g.stroke_pl // 1000)
    if nl < smallest_nl:
        # The concentration that would work is the useful limit to name, if there is one.
        weaker = ng * 1000 // smallest_nl
        if weaker:
            return Problem(codes.TOO_SMALL, "concentration_ug_per_ml",
                           p.concentration_ug_per_ml, weaker)
        return Problem(codes.TOO_SMALL, field, ng,
                       -(-smallest_nl * p.concentration_ug_per_ml // 1000))
    room_nl_per_h = max(0, units.RATE_MAX_NL_PER_H - beside_nl_per_h)
    if nl_per_h > room_nl_per_h:
        shortest_s = nl * 3600 // (room_nl_per_h + 1) + 1
        if shortest_s <= longest_s:
            return _invalid(duration_field, duration_s, shortest_s)
        most_nl = room_nl_per_h * longest_s // 3600
        return _invalid(field, ng, most_nl * p.concentration_ug_per_ml // 1000)
    return None


def _limits(p, g):
    """Basal alone can never be refused, and one bolus on top must fit some time (SR17)."""
    doses_ng = (p.limit_1h_ng, p.limit_4h_ng, p.limit_24h_ng)
    for i in range(len(WINDOWS_S)):
        if not doses_ng[i]:
            continue
        least = window_rule.least_limit(WINDOWS_S[i], g.largest_bolus(), g.most)
        if least > g.limits[i]:
            return _invalid(LIMITS[i], doses_ng[i], -(-least * g.pg_per_stroke // 1000))
    return None


def _range(field, value, low, high):
    if value < low:
        return _invalid(field, value, low)
    if value > high:
        return _invalid(field, value, high)
    return None


def _invalid(field, value, limit):
    return Problem(codes.INVALID_FIELD, field, value, limit)


def _at(problem, entry):
    problem.entry = entry
    return problem
