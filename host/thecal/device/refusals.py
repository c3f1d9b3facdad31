"""Turns an ERROR frame into an error that says what was refused, why and what to do."""

from thecal import units, wire
from thecal.errors import DeviceRefused, ProtocolMismatch
from thecal.prescribing.record import LOOKS, show_field
from thecal_wire import codes, messages
from thecal_wire import prescription as layout

_OTHER_VERSION = "compare the versions of pump and host: `thecal status`"

# What to do, for each code of thecal_wire.codes.
HINTS = {
    codes.LOCKOUT: "wait until the lockout has passed",
    codes.COUNT: "the boluses of 24 h are used up: wait, or review the programme",
    codes.DOSE_LIMIT: "the dose limit is reached: wait, or review the programme",
    codes.BOLUS_ACTIVE: "wait until the bolus has ended, or `thecal stop`",
    codes.NOT_RUNNING: "start therapy first: `thecal start`",
    codes.ALARM: "see `thecal status` for what to do, then `thecal start --acknowledge`",
    codes.RESERVOIR: "refill the pump, then tell it: `thecal refill VOLUME`",
    codes.TOO_SMALL: "use a drug of lower concentration, or a larger bolus",
    codes.UNAVAILABLE: "see `thecal status` for what is missing",
    codes.BAD_LENGTH: _OTHER_VERSION,
    codes.UNKNOWN_TYPE: _OTHER_VERSION,
    codes.INVALID_FIELD: "correct that value, then send it again",
    codes.BAD_VERSION: _OTHER_VERSION,
    codes.NO_PRESCRIPTION: "send one first: `thecal prescribe FILE`",
    codes.NO_CALIBRATION: "calibrate first: `thecal calibrate --serial S --stroke VOLUME`",
    codes.STORE_FAILED: "the pump could not write its memory: do not rely on it, have it examined",
    codes.MUST_STOP: "stop therapy first: `thecal stop`",
    codes.WRONG_DEVICE: "compare the serial with `thecal ports`: is this the right pump?",
    codes.BAD_RANGE: "give a value within that limit",
}
# Of commands that carry a single number: what it measures.
_MEASURES = {messages.CALIBRATE: units.STROKE_VOLUME, messages.REFILL: units.VOLUME}
_UNKNOWN_HINT = "see the pump's documentation for this code"


def refusal(command: int, payload: bytes) -> DeviceRefused | ProtocolMismatch:
    """Return the error for the ERROR `payload` that answers a request of type `command`."""
    found = wire.unpack(messages.ERROR_FIELDS, payload)
    name = wire.command_name(command)
    if found is None:
        return ProtocolMismatch(f"the pump's refusal of {name} has {len(payload)} bytes")
    code, field, value, limit = found["code"], found["field"], found["value"], found["limit"]
    if code == codes.BAD_VERSION:
        return ProtocolMismatch(f"the pump refuses version {value} of {name}, it knows {limit}")
    return DeviceRefused(
        name,
        code=code,
        name=wire.error_name(code),
        field=field,
        value=value,
        limit=limit,
        detail=_detail(command, code, field, value, limit),
        hint=HINTS.get(code, _UNKNOWN_HINT),
    )


def _detail(command: int, code: int, field: int, value: int, limit: int) -> str:
    if code == codes.LOCKOUT:
        return f"{units.show_countdown(value)} left"
    if code == codes.ALARM:
        return ", ".join(wire.alarm_name(alarm) for alarm in wire.alarm_codes(value))
    if code in (codes.INVALID_FIELD, codes.TOO_SMALL):
        return _field_detail(field, value, limit)
    if code == codes.BAD_RANGE:
        measure = _MEASURES.get(command)
        if measure is None:
            return f"{value}, limit {limit}"
        return f"{units.show(value, measure)}, limit {units.show(limit, measure)}"
    return ""


def _field_detail(field: int, value: int, limit: int) -> str:
    """`field` counts in the prescription record."""
    name = layout.FIELDS[field] if field < len(layout.FIELDS) else f"field {field}"
    if name not in LOOKS:
        return f"{name}: {value}, limit {limit}"
    return f"{LOOKS[name].place}: {show_field(name, value)}, limit {show_field(name, limit)}"
