"""Messages: what a frame's payload means, request and reply.

A reply carries its request's type with bit 7 set and the same request id.
A refused request is answered by ERROR, a log block by BULK (frame.py), and
TEXT is the pump's own trace, sent unasked. Numbers are never used twice.
All fields are little-endian; the names say the unit.
"""

import struct

HELLO = 0x01  # -> HELLO_FIELDS
STATUS = 0x02  # -> STATUS_FIELDS
PRESCRIBE = 0x03  # prescription.py record -> ACTIVE_FIELDS
ACTIVE = 0x04  # -> ACTIVE_FIELDS + prescription record (nothing when none is active)
START = 0x05  # START_FIELDS -> nothing
STOP = 0x06  # -> nothing
LOG_INFO = 0x07  # -> LOG_INFO_FIELDS
LOG_READ = 0x08  # LOG_READ_FIELDS -> BULK
CALIBRATE = 0x09  # CALIBRATE_FIELDS -> nothing
REFILL = 0x0A  # REFILL_FIELDS -> REFILLED_FIELDS
BOLUS = 0x0B  # BOLUS_FIELDS -> GRANTED_FIELDS: a clinician's bolus
PRIME = 0x0C  # PRIME_FIELDS -> GRANTED_FIELDS
CLOCK = 0x0D  # CLOCK_FIELDS -> nothing
ALARMS = 0x0E  # -> ALARM_FIELDS once for each active alarm
ACKNOWLEDGE = 0x0F  # -> nothing: ends latched alarms, therapy stays as it is
THERAPY = 0x10  # -> THERAPY_FIELDS

REPLY = 0x80
BULK = 0x7C
TEXT = 0x7D
ERROR = 0xFF

NAMES = {
    HELLO: "hello", STATUS: "status", PRESCRIBE: "prescribe", ACTIVE: "active", START: "start",
    STOP: "stop", LOG_INFO: "log_info", LOG_READ: "log_read", CALIBRATE: "calibrate",
    REFILL: "refill", BOLUS: "bolus", PRIME: "prime", CLOCK: "clock", ALARMS: "alarms",
    ACKNOWLEDGE: "acknowledge", THERAPY: "therapy",
}

# Each layout is (struct format, names of the fields).
HELLO_FIELDS = ("<B3B12sHB8s40s", (
    "protocol", "version_major", "version_minor", "version_patch", "serial", "boot",
    "reset_cause", "build", "runtime"))

# rate_nl_per_h is what is being delivered now, bolus included; 0 when stopped.
# dose_in_window_ng counts as the guard does: rounded up, whole quarter hours.
STATUS_FIELDS = ("<BBIIHIIIIIIBIIIIIIIII", (
    "mode", "reset_cause", "alarms", "mono_s", "boot", "wall_s", "tally_strokes", "rate_nl_per_h",
    "reservoir_nl", "bolus_left_s", "lockout_left_s", "granted_24h", "dose_in_window_ng",
    "dose_limit_ng", "bolus_id", "generation", "prescription_crc32", "frames_dropped",
    "bytes_dropped", "log_next_seq", "stroke_pl"))

ACTIVE_FIELDS = ("<II", ("generation", "prescription_crc32"))
# acknowledge: 1 clears latched alarms first, and allows a start after 48 h without a stroke.
START_FIELDS = ("<BB", ("acknowledge", "minimum_rate"))
# sensed_pl: what the flow sensor measured of one stroke at calibration, 0 = not known.
CALIBRATE_FIELDS = ("<12sII", ("serial", "stroke_pl", "sensed_pl"))
# withdrawn_nl: what came out of the reservoir before the refill, NOT_MEASURED = not known.
NOT_MEASURED = 0xFFFFFFFF
REFILL_FIELDS = ("<II", ("volume_nl", "withdrawn_nl"))
REFILLED_FIELDS = ("<IB", ("expected_nl", "mismatch"))

# Dose commands. `counter` is one above the highest that the pump accepted (THERAPY).
BOLUS_FIELDS = ("<III", ("counter", "dose_ng", "duration_s"))
PRIME_FIELDS = ("<II", ("counter", "volume_nl"))
GRANTED_FIELDS = ("<II", ("bolus_id", "counter"))

CLOCK_FIELDS = ("<Ih", ("wall_s", "utc_offset_min"))
ALARM_FIELDS = ("<BBBI", ("code", "priority", "latched", "lasted_s"))

# dose_1h_ng and the others count as the guard does: rounded up, whole quarter hours.
# refill_in_h assumes that every allotted bolus is used; 0xFFFFFFFF = nothing flows.
THERAPY_FIELDS = ("<IIIIIIhIIIIIIIII", (
    "counter", "dose_1h_ng", "dose_4h_ng", "dose_24h_ng", "commanded_nl", "measured_nl",
    "utc_offset_min", "refill_in_h", "clinician_left_nl", "clinician_left_s", "prime_left_nl",
    "primed_nl", "estimated_stroke_pl", "battery_mv", "temperature_cdegc", "profile"))

# The log is read by ring slots of one record, torn ones included, so that
# nothing is hidden: `first_slot` holds the oldest, `next_slot` is written next.
LOG_INFO_FIELDS = ("<IIIII", ("slots", "first_slot", "next_slot", "next_seq", "record_bytes"))
LOG_READ_FIELDS = ("<IH", ("slot", "count"))
LOG_READ_MAX = 2048  # 64 KiB: asking costs a turn of the loop each time

# code: codes.py. Of INVALID_FIELD: field (index in prescription.FIELDS),
# the value sent and the limit it breaks. Of `lockout`: value = seconds left.
# Of `alarm`: value = bit mask of the active alarms.
ERROR_FIELDS = ("<BHII", ("code", "field", "value", "limit"))


def pack(layout, *values):
    """Return the payload of `layout` with `values` in the order of its fields."""
    return struct.pack(layout[0], *values)


def unpack(layout, payload):
    """Return the fields of `payload` by name, or None if its length is wrong."""
    if len(payload) != struct.calcsize(layout[0]):
        return None
    return dict(zip(layout[1], struct.unpack(layout[0], payload)))


def text_field(raw):
    """Text of a fixed-width field: up to its first zero byte."""
    return bytes(raw).split(b"\0")[0].decode()
