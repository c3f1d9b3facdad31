"""Is a prescription complete and deliverable by this device (SR17, SR30, SR33, SR40)?

The host checks too, as a courtesy to its user; what decides is here. A problem
names the field, its value and the limit it breaks.
"""

from pump.core import units, window_rule
from pump.core.ledger import GRANTS_MAX
from thecal_wire import codes
from thecal_wire import prescription as wire

CONCENTRATION_MAX_UG_PER_ML = 50_000
BOLUS_STROKES_MIN = 20
LIMIT_STROKES_MAX = 0xFFFFFF  # a hundred times what the pump can make in a day
BOLUS_MIN_S, BOLUS_MAX_S = 60, 6 * 3600  # SR22
LOCKOUT_MIN_S, LOCKOUT_MAX_S = 60, 86_400
WINDOW_MIN_S, WINDOW_MAX_S = 3_600, 86_400


class Problem:
    """Why a prescription is refused: error code, field name, value and limit."""

    def __init__(self, code, field, value, limit):
        self.code = code
        self.field = field
        self.value = value
        self.limit = limit


class Programme:
    """What a prescription means on this pump, in volumes, strokes and ms.

    Made from a prescription that `check` found no problem in.
    """

    def __init__(self, prescription, stroke_pl):
        p = prescription
        concentration = p.concentration_ug_per_ml
        self.stroke_pl = stroke_pl
        self.pg_per_stroke = units.dose_up_pg(stroke_pl, concentration)
        self.basal_nl_per_h = units.rate_down_nl_per_h(p.basal_ng_per_day, concentration)
        self.bolus_nl = units.volume_down_nl(p.bolus_ng, concentration)
        self.bolus_s = p.bolus_duration_s if p.bolus_ng else 0
        self.bolus_nl_per_h = self.bolus_nl * 3600 // self.bolus_s if self.bolus_s else 0
        self.bolus_strokes = units.strokes_up(self.bolus_nl, stroke_pl)
        self.lockout_s = p.bolus_lockout_s
        self.count_per_24h = p.bolus_count_per_24h if p.bolus_ng else 0
        self.window_s = p.dose_window_s
        self.limit_strokes = min(LIMIT_STROKES_MAX, p.dose_limit_ng * 1000 // self.pg_per_stroke)
        self.interval_ms = units.interval_down_ms(stroke_pl, self.basal_nl_per_h)


def check(prescription, stroke_pl, serial):
    """Return the first Problem of a prescription for this pump, or None."""
    p = prescription
    if p.version != wire.VERSION:
        return Problem(codes.BAD_VERSION, "version", p.version, wire.VERSION)
    if p.device_serial != serial:
        return Problem(codes.WRONG_DEVICE, "device_serial", 0, 0)
    if not p.drug:
        return _invalid("drug", 0, 1)
    return (
        _range("flags", p.flags, 0, 0)
        or _range("concentration_ug_per_ml", p.concentration_ug_per_ml, 1,
                  CONCENTRATION_MAX_UG_PER_ML)
        or _range("dose_window_s", p.dose_window_s, WINDOW_MIN_S, WINDOW_MAX_S)
        or _bolus_fields(p)
        or _volumes(p, Programme(p, stroke_pl))
    )


def _bolus_fields(p):
    if p.bolus_ng == 0:
        return (_range("bolus_duration_s", p.bolus_duration_s, 0, 0)
                or _range("bolus_lockout_s", p.bolus_lockout_s, 0, 0)
                or _range("bolus_count_per_24h", p.bolus_count_per_24h, 0, 0))
    return (_range("bolus_duration_s", p.bolus_duration_s, BOLUS_MIN_S, BOLUS_MAX_S)
            or _range("bolus_lockout_s", p.bolus_lockout_s, LOCKOUT_MIN_S, LOCKOUT_MAX_S)
            or _range("bolus_count_per_24h", p.bolus_count_per_24h, 1, GRANTS_MAX))


def _volumes(p, programme):
    return (_basal_flow(p, programme)
            or (_bolus_volume(p, programme) if p.bolus_ng else None)
            or _dose_limit(p, programme))


def _basal_flow(p, g):
    """Basal is nothing, or within the pump's range; its limits are told as doses."""
    per_nl_per_h = p.concentration_ug_per_ml * 24  # pg a day
    if p.basal_ng_per_day and g.basal_nl_per_h < units.RATE_MIN_NL_PER_H:
        return _invalid("basal_ng_per_day", p.basal_ng_per_day,
                        -(-units.RATE_MIN_NL_PER_H * per_nl_per_h // 1000))
    if g.basal_nl_per_h > units.RATE_MAX_NL_PER_H:
        return _invalid("basal_ng_per_day", p.basal_ng_per_day,
                        ((units.RATE_MAX_NL_PER_H + 1) * per_nl_per_h - 1) // 1000)
    return None


def _bolus_volume(p, g):
    """A bolus is at least 20 strokes, and with basal within the pump's highest rate (SR02)."""
    smallest_nl = -(-BOLUS_STROKES_MIN * g.stroke_pl // 1000)
    if g.bolus_nl < smallest_nl:
        # The concentration that would work is the useful limit to name, if there is one.
        weaker = p.bolus_ng * 1000 // smallest_nl
        if weaker:
            return Problem(codes.TOO_SMALL, "concentration_ug_per_ml",
                           p.concentration_ug_per_ml, weaker)
        return Problem(codes.TOO_SMALL, "bolus_ng", p.bolus_ng,
                       -(-smallest_nl * p.concentration_ug_per_ml // 1000))
    room_nl_per_h = units.RATE_MAX_NL_PER_H - g.basal_nl_per_h
    if g.bolus_nl_per_h > room_nl_per_h:
        shortest_s = g.bolus_nl * 3600 // (room_nl_per_h + 1) + 1
        if shortest_s <= BOLUS_MAX_S:
            return _invalid("bolus_duration_s", p.bolus_duration_s, shortest_s)
        most_nl = room_nl_per_h * BOLUS_MAX_S // 3600
        return _invalid("bolus_ng", p.bolus_ng, most_nl * p.concentration_ug_per_ml // 1000)
    if p.bolus_ng > p.dose_limit_ng:
        return _invalid("bolus_ng", p.bolus_ng, p.dose_limit_ng)
    return None


def _dose_limit(p, g):
    """Basal alone can never be refused, and one bolus on top must fit some time (SR17)."""
    least = window_rule.least_limit(g.window_s, g.interval_ms, g.bolus_strokes)
    if least > g.limit_strokes:
        return _invalid("dose_limit_ng", p.dose_limit_ng, -(-least * g.pg_per_stroke // 1000))
    return None


def _range(field, value, low, high):
    if value < low:
        return _invalid(field, value, low)
    if value > high:
        return _invalid(field, value, high)
    return None


def _invalid(field, value, limit):
    return Problem(codes.INVALID_FIELD, field, value, limit)
