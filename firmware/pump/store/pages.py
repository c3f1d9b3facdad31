"""One page of the tally, 256 bytes, little-endian.

::

    offset  0  seq         u32   counts pages, from 1
            4  boot        u16
            6  kind        u8    below
            7  version     u8    1
            8  mono_s      u32   pump time when the page was begun
           12  total       u32   strokes marked before this page, ever
           16  bolus id    u32   that runs, or ran last
           20  reservoir   u32   nL left, by measured volume
           24  wall_s      u32   0 = not known
           28  run         u8    bit 0 running, bit 1 a patient or priming bolus runs, bits 2-4
                                 resumes after occlusion, bit 5 a clinician bolus runs or is
                                 paused, bit 6 the bolus is a priming bolus, bit 7 minimum rate
           29  restarts    u8    lockout restarts in a row
           30  boots       u8    starts of the processor since the last stroke
           31  latched     u32   alarms that stay until a clinician acts, bits 1-31
           35  crc32       u32   of the header before it and the body
           39  body              by kind
    MARKS:     charge_pl u32, calibrated_pl u32, 4 x pg per stroke u32 (of calibrated_pl),
               kind of stroke u8; 16 marks from offset 64. A stroke weighs
               charge_pl / calibrated_pl of a calibrated one
    GRANT:     kind of bolus u8, command counter u32 (0 = none), bolus id u32, volume nl u32,
               duration s u32, the log's next seq u32, lockout s u32
    BOLUS_END: kind u8, reason u8, strokes u16, lockout s u32 that begins
    REFILL:    volume nl u32
    STATE, BOOT: nothing
    CHECKPOINT_BASAL / _BOLUS: 97 x u16, the quarter hours as in ledger.py
    CHECKPOINT_REST: lump u32, lump_s u32, lump_skip u16, grants u8, 0 u8, lockout until s u32,
               last_stroke_s u32, pg per stroke u32, lump's first quarter hour u32, generation
               of the programme u32, command counter u32, primed u32, primed weight u32,
               primed_s u32, refilled nl u32, total at the refill u32, time without power
               since the last stroke s u32, then for the patient or
               priming bolus and for the clinician bolus, present or last: id u32, strokes u32,
               the log's next seq at its grant u32, volume nl u32, duration s u32, lockout s u32;
               24 x grant mono_s u32

A mark is three bytes, programmed at once: 0x00, t, 0xFF - t. If the first is
anything but 0xFF its stroke was made. t counts 4 s since the page was begun; a
t torn by a power cut does not match its complement and is not believed.
"""

import binascii
import struct

VERSION = 1
HEADER = "<IHBBIIIIIBBBI"
HEADER_BYTES = 35
BODY_AT = 39
MARKS_AT = 64
MARKS = 16  # per page: more means fewer erases, and more programs into one page
MARK_BYTES = 3
MARK_STEP_S = 4

MARKS_PAGE, GRANT, BOLUS_END, CHECKPOINT_BASAL, CHECKPOINT_BOLUS, CHECKPOINT_REST = 1, 2, 3, 4, 5, 6
REFILL, STATE, BOOT = 7, 8, 9

# Kinds of strokes, as marked; kinds of boluses are codes.BOLUS_KINDS.
BASAL_STROKE, PATIENT_STROKE, PRIMING_STROKE, CLINICIAN_STROKE = 0, 1, 2, 3

MARKS_BODY = "<II4IB"
GRANT_BODY = "<BIIIIII"
END_BODY = "<BBHI"
REFILL_BODY = "<I"
REST_BODY = "<IIHBBIIIIIIIIIIII"
REST_BYTES = 60
RUN_BODY = "<IIIIII"
RUN_BYTES = 24

BODY_BYTES = {
    MARKS_PAGE: 25, GRANT: 25, BOLUS_END: 8, CHECKPOINT_BASAL: 194, CHECKPOINT_BOLUS: 194,
    CHECKPOINT_REST: REST_BYTES + 2 * RUN_BYTES + 96, REFILL: 4, STATE: 0, BOOT: 0,
}


class Header:
    """The fields that every page begins with."""

    def __init__(self):
        self.seq = 0
        self.boot = 0
        self.kind = 0
        self.mono_s = 0
        self.total = 0
        self.bolus_id = 0
        self.reservoir_nl = 0
        self.wall_s = 0
        self.running = False
        self.in_bolus = False  # a patient or priming bolus runs
        self.priming = False
        self.in_clinician = False  # a clinician bolus runs or is paused
        self.minimum_rate = False
        self.resumes = 0
        self.restarts = 0
        self.boots = 0
        self.latched = 0


def pack(page, h):
    """Put header `h` and its CRC into `page`, whose body is in place.

    `page` is a bytearray of 39 + body bytes.
    """
    struct.pack_into(HEADER, page, 0, h.seq, h.boot, h.kind, VERSION, h.mono_s, h.total,
                     h.bolus_id, h.reservoir_nl, h.wall_s,
                     _run_bits(h),
                     min(h.restarts, 255), min(h.boots, 255), h.latched)
    struct.pack_into("<I", page, HEADER_BYTES, _crc(page, len(page)))


def unpack(page):
    """Return the Header of a page, or None if it is blank, torn or damaged."""
    kind = page[6]
    if page[7] != VERSION or kind not in BODY_BYTES:
        return None
    if struct.unpack_from("<I", page, HEADER_BYTES)[0] != _crc(page, BODY_AT + BODY_BYTES[kind]):
        return None
    h = Header()
    (h.seq, h.boot, h.kind, _version, h.mono_s, h.total, h.bolus_id, h.reservoir_nl, h.wall_s,
     run, h.restarts, h.boots, h.latched) = struct.unpack_from(HEADER, page, 0)
    h.running = bool(run & 1)
    h.in_bolus = bool(run & 2)
    h.resumes = run >> 2 & 7
    h.in_clinician = bool(run & 32)
    h.priming = bool(run & 64)
    h.minimum_rate = bool(run & 128)
    return h


def _run_bits(h):
    return ((1 if h.running else 0) | (2 if h.in_bolus else 0) | min(h.resumes, 7) << 2
            | (32 if h.in_clinician else 0) | (64 if h.priming else 0)
            | (128 if h.minimum_rate else 0))


def marks_made(page):
    """Marks of a MARKS page that are made; they are made in order."""
    made = 0
    for i in range(MARKS):
        if page[MARKS_AT + MARK_BYTES * i] != 0xFF:
            made = i + 1
    return made


def marks_lasted_s(page, made):
    """Least time from the page's begin to its newest believable mark."""
    for i in range(made - 1, -1, -1):
        at = MARKS_AT + MARK_BYTES * i
        if page[at + 1] + page[at + 2] == 0xFF:
            return page[at + 1] * MARK_STEP_S
    return 0


def _crc(page, end):
    view = memoryview(page)
    return binascii.crc32(view[BODY_AT:end], binascii.crc32(view[:HEADER_BYTES]))
