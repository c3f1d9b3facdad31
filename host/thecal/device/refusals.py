"""Turns an ERROR frame into an error that says what was refused, why and what to do."""

from thecal import units, wire
from thecal.errors import DeviceRefused, ProtocolMismatch
from thecal.prescribing.looks import LOOKS, place_of, show_amount
from thecal.prescribing.record import Prescription
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
    codes.ALARM: "see `thecal alarms` for what to do, then `thecal start --acknowledge`",
    codes.RESERVOIR: "refill the pump, then tell it: `thecal refill VOLUME`",
    codes.TOO_SMALL: "a bolus takes 20 strokes at least: give more, or use a lower concentration",
    codes.UNAVAILABLE: "see `thecal status` for what is missing",
    codes.ALREADY: "it has accepted a command of that number: read `thecal status`",
    codes.PRIME_CAP: "the catheter is primed: only a refill allows more",
    codes.LONG_STOP: "the patient's tolerance may be gone: review the dose, then "
    "`thecal start --acknowledge`",
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
# What the number measures that is out of range, by command and place of the field.
_MEASURES = {
    (messages.CALIBRATE, 1): units.STROKE_VOLUME,
    (messages.CALIBRATE, 2): units.STROKE_VOLUME,
    (messages.REFILL, 0): units.VOLUME,
    (messages.BOLUS, 2): units.DURATION,
    (messages.PRIME, 1): units.VOLUME,
    (messages.CLOCK, 1): units.PAUSE,
}
_ENTRY_SHIFT, _FIELD_MASK = 5, 0x1F  # of an error's `field`
_UNKNOWN_HINT = "see the pump's documentation for this code"


def refusal(
    command: int, payload: bytes, request: bytes = b""
) -> DeviceRefused | ProtocolMismatch:
    """Return the error for the ERROR `payload` that answers a `request` of type `command`."""
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
        detail=_detail(command, code, field, value, limit, request),
        hint=HINTS.get(code, _UNKNOWN_HINT),
    )


def _detail(
    command: int, code: int, field: int, value: int, limit: int, request: bytes
) -> str:
    if code == codes.LOCKOUT:
        return f"{units.show_countdown(value)} left"
    if code == codes.ALARM:
        return ", ".join(wire.alarm_name(alarm) for alarm in wire.alarm_codes(value))
    if code == codes.PRIME_CAP:
        return f"{units.show(value, units.VOLUME)} left until the next refill"
    if code == codes.LONG_STOP:
        return f"no stroke for {units.show_countdown(value)}"
    if code == codes.RESERVOIR and (value or limit):
        return _compared(value, limit, units.VOLUME)
    if code == codes.ALREADY:
        return f"command {value}, the last accepted is {limit}"
    if code == codes.INVALID_FIELD and command == messages.START:
        return f"the prescription has no {place_of('minimum_ng_per_day')}"
    measure = _MEASURES.get((command, field))
    if code == codes.BAD_RANGE or (code == codes.TOO_SMALL and command == messages.PRIME):
        return _compared(value, limit, measure)
    if command == messages.PRESCRIBE and code in (codes.INVALID_FIELD, codes.TOO_SMALL):
        return _field_detail(field, value, limit, request)
    return ""


def _compared(value: int, limit: int, measure: units.Dimension | None) -> str:
    if measure is None:
        return f"{value}, limit {limit}"
    return f"{units.show(value, measure)}, limit {units.show(limit, measure)}"


def _field_detail(field: int, value: int, limit: int, request: bytes) -> str:
    """`field` counts in the prescription record, and holds the number of the entry."""
    entry, index = field >> _ENTRY_SHIFT, field & _FIELD_MASK
    name = layout.FIELDS[index] if index < len(layout.FIELDS) else f"field {index}"
    if name not in LOOKS:
        return f"{name}: {value}, limit {limit}"
    place = place_of(name)
    if "[]" in LOOKS[name].place:
        place = _place_of_entry(name, entry, request)
    return f"{place}: {show_amount(name, value)}, limit {show_amount(name, limit)}"


def _place_of_entry(name: str, entry: int, request: bytes) -> str:
    """Where the entry at fault stands in the file that was sent."""
    try:
        sent = Prescription.from_bytes(request)
    except ProtocolMismatch:
        return place_of(name, entry)
    of_profiles = "profiles[]" in LOOKS[name].place
    return place_of(
        name, entry, alone=sent.has_one_profile if of_profiles else sent.is_continuous
    )
