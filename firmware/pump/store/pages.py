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
           28  run         u8    bit 0 running, bit 1 a bolus runs, bits 2-7 resumes after occlusion
           29  restarts    u8    lockout restarts in a row
           30  boots       u8    starts of the processor since the last stroke
           31  latched     u16   alarms that stay until a clinician acts, bits 1-15
           33  crc32       u32   of the header before it and the body
           37  body              by kind
    MARKS:     charge_pl u32, 4 x pg per stroke u32, in_bolus u8; 16 marks from offset 64
    GRANT:     command counter u32, bolus strokes u16, the log's next seq u32
    BOLUS_END: reason u8, strokes u16
    REFILL, STATE, BOOT: nothing
    CHECKPOINT_BASAL / _BOLUS: 97 x u16, the quarter hours as in ledger.py
    CHECKPOINT_REST: lump u32, lump_s u32, lump_skip u16, grants u8, lockout begun u8,
               lockout_from_s u32, last_stroke_s u32, pg per stroke u32, bolus_total u32
               (total when the present or last bolus was granted), bolus_seq u32 (the
               log's next seq then), lump's first quarter hour u32, generation of the
               programme u32, 24 x grant mono_s u32

A mark is three bytes, programmed at once: 0x00, t, 0xFF - t. If the first is
anything but 0xFF its stroke was made. t counts 4 s since the page was begun; a
t torn by a power cut does not match its complement and is not believed.
"""

import binascii
import struct

VERSION = 1
HEADER = "<IHBBIIIIIBBBH"
HEADER_BYTES = 33
BODY_AT = 37
MARKS_AT = 64
MARKS = 16  # per page: more means fewer erases, and more programs into one page
MARK_BYTES = 3
MARK_STEP_S = 4

MARKS_PAGE, GRANT, BOLUS_END, CHECKPOINT_BASAL, CHECKPOINT_BOLUS, CHECKPOINT_REST = 1, 2, 3, 4, 5, 6
REFILL, STATE, BOOT = 7, 8, 9

MARKS_BODY = "<I4IB"
GRANT_BODY = "<IHI"
END_BODY = "<BH"
REST_BODY = "<IIHBBIIIIIII"
REST_BYTES = 40

BODY_BYTES = {
    MARKS_PAGE: 21, GRANT: 10, BOLUS_END: 3, CHECKPOINT_BASAL: 194, CHECKPOINT_BOLUS: 194,
    CHECKPOINT_REST: REST_BYTES + 96, REFILL: 0, STATE: 0, BOOT: 0,
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
        self.in_bolus = False
        self.resumes = 0
        self.restarts = 0
        self.boots = 0
        self.latched = 0


def pack(page, h):
    """Put header `h` and its CRC into `page`, whose body is in place.

    `page` is a bytearray of 37 + body bytes.
    """
    struct.pack_into(HEADER, page, 0, h.seq, h.boot, h.kind, VERSION, h.mono_s, h.total,
                     h.bolus_id, h.reservoir_nl, h.wall_s,
                     (1 if h.running else 0) | (2 if h.in_bolus else 0) | min(h.resumes, 63) << 2,
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
    h.resumes = run >> 2
    return h


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
