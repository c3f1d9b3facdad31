"""Event records: what the pump remembers, 32 bytes each.

Layout, little-endian::

    offset  0  seq      u32   counts every record ever written, from 1
            4  boot     u16   counts starts of the processor
            6  type     u8    below; append-only
            7  version  u8    1
            8  mono_ms  u48   pump time: never set, never goes back
           14  wall_s   u32   Unix time of the wall clock, 0 = not known
           18  payload  10 B  by type, rest zero
           28  crc32    u32   of the first 28 bytes

`granted_24h` of a press counts the boluses granted before it; `bolus_id_16` is
the bolus it began, modulo 65536, 0 if it was refused.

The rest of a record's flash program is 0xFF, so that the page stays open for
the next records. Volumes are nL, times s or ms, as the field names say.
"""

import binascii
import struct

RECORD_BYTES = 32
RECORD_VERSION = 1
HEAD = "<IHBBIHI"
HEAD_BYTES = 18
PAYLOAD_BYTES = 10

BOOT, MODE, PRESCRIBED, CALIBRATED, REFILLED, PRESS, BOLUS_START, BOLUS_END = 1, 2, 3, 4, 5, 6, 7, 8
DELIVERED, NOT_DELIVERED, ALARM_BEGIN, ALARM_END, BUTTON, CLOCK_SET = 9, 10, 11, 12, 13, 14
LOGIN, PAIN_SCORE, SIDE_EFFECT, CRASH = 15, 16, 17, 18
DOSE_COMMAND, WITHDRAWN, STEP, WEAR = 19, 20, 21, 22

# type: (name, struct format of the payload, names of its fields)
TYPES = {
    BOOT: ("boot", "<BBI", ("cause", "boots_since_stroke", "tally_strokes")),
    MODE: ("mode", "<BBB", ("mode_from", "mode_to", "actor")),
    PRESCRIBED: ("prescribed", "<II", ("generation", "prescription_crc32")),
    CALIBRATED: ("calibrated", "<I", ("stroke_pl",)),
    REFILLED: ("refilled", "<II", ("volume_nl", "before_nl")),
    PRESS: ("press", "<BIHBH", ("result", "lockout_left_s", "held_ms", "granted_24h",
                                "bolus_id_16")),
    BOLUS_START: ("bolus_start", "<IIH", ("bolus_id", "volume_nl", "duration_s")),
    BOLUS_END: ("bolus_end", "<IIB", ("bolus_id", "delivered_nl", "reason")),
    DELIVERED: ("delivered", "<HII", ("strokes", "measured_nl", "ordered_nl")),
    NOT_DELIVERED: ("not_delivered", "<IBI", ("volume_nl", "reason", "lasted_s")),
    ALARM_BEGIN: ("alarm_begin", "<BBI", ("code", "priority", "value")),
    ALARM_END: ("alarm_end", "<BBI", ("code", "actor", "lasted_s")),
    BUTTON: ("button", "<BI", ("kind", "held_ms")),
    CLOCK_SET: ("clock_set", "<II", ("before_s", "after_s")),
    LOGIN: ("login", "<BB", ("role", "result")),
    PAIN_SCORE: ("pain_score", "<B", ("nrs",)),
    SIDE_EFFECT: ("side_effect", "<BB", ("effect", "severity")),
    CRASH: ("crash", "<IH", ("kind_crc32", "line")),
    DOSE_COMMAND: ("dose_command", "<BBII", ("kind", "result", "counter", "volume_nl")),
    WITHDRAWN: ("withdrawn", "<II", ("withdrawn_nl", "expected_nl")),
    STEP: ("step", "<IH", ("rate_nl_per_h", "quarter_of_week")),
    WEAR: ("wear", "<IHI", ("estimated_stroke_pl", "ratio_permille", "strokes")),
}  # type: dict[int, tuple[str, str, tuple[str, ...]]]

# BUTTON kinds
BUTTON_STOP, BUTTON_OTHER, BUTTON_STUCK, BUTTON_FREED = 1, 2, 3, 4
BUTTONS = {BUTTON_STOP: "stop", BUTTON_OTHER: "not_a_press", BUTTON_STUCK: "stuck",
           BUTTON_FREED: "freed"}


def pack(into, seq, boot, kind, mono_s, ms, wall_s, values):
    """Write one record into the 32-byte buffer `into`.

    `mono_s` and `ms` are pump time as seconds and the milliseconds within.
    """
    entry = TYPES[kind]
    mono_ms = mono_s * 1000 + ms
    for i in range(RECORD_BYTES):
        into[i] = 0
    struct.pack_into(HEAD, into, 0, seq, boot, kind, RECORD_VERSION,
                     mono_ms & 0xFFFFFFFF, mono_ms >> 32, wall_s)
    struct.pack_into(entry[1], into, HEAD_BYTES, *values)
    struct.pack_into("<I", into, 28, binascii.crc32(memoryview(into)[:28]))


def intact(record):
    """True if the CRC of the 32 bytes in `record` holds and it is not blank."""
    stored = struct.unpack_from("<I", record, 28)[0]
    return binascii.crc32(memoryview(record)[:28]) == stored


def sequence(record):
    """Sequence number of a record."""
    return struct.unpack_from("<I", record, 0)[0]


def unpack(record):
    """Return (seq, boot, type, version, mono_ms, wall_s, payload) of an intact record."""
    seq, boot, kind, version, low, high, wall_s = struct.unpack_from(HEAD, record, 0)
    payload = bytes(record[HEAD_BYTES:HEAD_BYTES + PAYLOAD_BYTES])
    return seq, boot, kind, version, low + (high << 32), wall_s, payload
