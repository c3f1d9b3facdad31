"""After any restart: what happened, from the tally alone (SR18, SR62).

The newest complete checkpoint is read, then every page after it. Torn pages
are passed over: a page that was not whole took no marks.
"""

import struct

from pump.store import pages
from pump.store.nor import PAGES_PER_BLOCK, is_blank
from pump.store.tally import BolusPast
from thecal_wire import codes

YEAR_S = 31_536_000


class Past:
    """What the tally tells. `found` is False on a pump that never ran."""

    def __init__(self):
        self.found = False
        self.next_page = 0
        self.state = pages.Header()
        self.total = 0
        self.bolus = BolusPast()
        self.clinician = BolusPast()
        self.counter = 0
        self.refilled_nl = 0
        self.refill_total = 0
        self.generation = 0
        self.now_s = 0  # pump time certainly reached
        self.last_stroke_s = 0
        self.tail_strokes = 0  # marks in the newest page
        self.tail_kind = pages.BASAL_STROKE
        self.off_s = 0  # without power since the last stroke, as far as the wall clock knows
        self.state_wall_s = 0  # wall clock when that page was begun, 0 = not known


def rebuild(tally, ledger, lockout):
    """Fill `ledger` and `lockout` from the pages of `tally`; returns the Past."""
    past = Past()
    last = _last_page(tally)
    if last < 0:
        return past
    past.next_page = last + 1
    start = _newest_checkpoint(tally, last)
    if start >= 0:
        _load_checkpoint(tally, start, ledger, lockout, past)
    first = start + 3 if start >= 0 else last - tally.pages_in_ring() + 1
    for number in range(first, last + 1):
        page = tally.page_bytes(number)
        header = pages.unpack(page)
        if header is not None:
            _apply(page, header, ledger, lockout, past)
    past.state_wall_s = past.state.wall_s
    return past


def without_power_s(before, wall_s, mono_s):
    """Wall time that passed since page `before` and pump time did not; 0 if nobody knows."""
    if not before.wall_s or not wall_s:
        return 0
    off_s = wall_s - before.wall_s - (mono_s - before.mono_s)
    return off_s if 0 < off_s < YEAR_S else 0


def _last_page(tally):
    """Number of the last page written to (whole or torn), plus one turn of the ring; -1: none.

    Adding a turn keeps the numbers of older pages positive.
    """
    newest_block, newest_seq = -1, 0
    blocks = tally.pages_in_ring() // PAGES_PER_BLOCK
    for block in range(blocks):
        seq = _block_seq(tally, block)
        if seq > newest_seq:
            newest_block, newest_seq = block, seq
    if newest_block < 0:
        return -1
    first = newest_block * PAGES_PER_BLOCK
    last = first
    for number in range(first, first + PAGES_PER_BLOCK):
        if not is_blank(tally.page_bytes(number)):
            last = number
    return last + tally.pages_in_ring()


def _block_seq(tally, block):
    if tally.block_blank(block):
        return 0
    first = block * PAGES_PER_BLOCK
    for number in range(first, first + PAGES_PER_BLOCK):
        header = pages.unpack(tally.page_bytes(number))
        if header is not None:
            return header.seq
    return 0


def _newest_checkpoint(tally, last):
    """Number of the first of three whole checkpoint pages in a row, or -1."""
    follower = 0
    turn = 0  # seq less page number: going back it never falls within one turn of the ring
    for number in range(last, last - tally.pages_in_ring(), -1):
        header = pages.unpack(tally.page_bytes(number))
        if header is not None:
            turn = turn or header.seq - number
            if header.seq - number < turn:
                header = None  # left over from an earlier turn, in a block that did not erase
        kind = header.kind if header is not None else 0
        if kind == pages.CHECKPOINT_REST:
            follower = 1
        elif kind == pages.CHECKPOINT_BOLUS and follower == 1:
            follower = 2
        elif kind == pages.CHECKPOINT_BASAL and follower == 2:
            return number
        else:
            follower = 0
    return -1


def _load_checkpoint(tally, number, ledger, lockout, past):
    basal = tally.page_bytes(number)
    bolus = tally.page_bytes(number + 1)
    rest = tally.page_bytes(number + 2)
    past.found = True
    past.state = pages.unpack(rest)
    past.total = past.state.total
    past.now_s = past.state.mono_s
    ledger.advance(past.state.mono_s)
    for slot in range(len(ledger.basal)):
        at = pages.BODY_AT + 2 * slot
        ledger.basal[slot] = basal[at] | basal[at + 1] << 8
        ledger.bolus[slot] = bolus[at] | bolus[at + 1] << 8
    (ledger.lump, ledger.lump_s, ledger.lump_skip, ledger.grant_count, _zero, lockout.until_s,
     past.last_stroke_s, ledger.pg_per_stroke, ledger.lump_first, past.generation, past.counter,
     ledger.primed, ledger.primed_weight, ledger.primed_s, past.refilled_nl,
     past.refill_total, past.off_s) = struct.unpack_from(pages.REST_BODY, rest, pages.BODY_AT)
    at = pages.BODY_AT + pages.REST_BYTES
    past.bolus.unpack(rest, at)
    past.clinician.unpack(rest, at + pages.RUN_BYTES)
    at += 2 * pages.RUN_BYTES
    for i in range(len(ledger.grants)):
        ledger.grants[i] = struct.unpack_from("<I", rest, at + 4 * i)[0]


def _apply(page, header, ledger, lockout, past):
    """Take in one page after the checkpoint."""
    if past.found and header.seq <= past.state.seq:
        return  # left over from the ring's last turn
    if header.kind == pages.BOOT:
        off_s = without_power_s(past.state, header.wall_s, header.mono_s)
        past.off_s = min(past.off_s + off_s, YEAR_S)
    past.found = True
    past.state = header
    past.total = header.total
    past.now_s = max(past.now_s, header.mono_s)
    past.tail_strokes = 0
    ledger.advance(header.mono_s)
    if header.kind == pages.MARKS_PAGE:
        _apply_marks(page, header, ledger, past)
    elif header.kind == pages.GRANT:
        _apply_grant(page, header, ledger, past)
    elif header.kind == pages.BOLUS_END:
        _kind, _reason, _strokes, lockout_s = struct.unpack_from(pages.END_BODY, page,
                                                                 pages.BODY_AT)
        if lockout_s:
            lockout.restart(header.mono_s + 1, lockout_s)  # its second had begun
    elif header.kind == pages.REFILL:
        past.refilled_nl = struct.unpack_from(pages.REFILL_BODY, page, pages.BODY_AT)[0]
        past.refill_total = header.total
        ledger.refilled(header.mono_s)


def _apply_grant(page, header, ledger, past):
    kind, counter, bolus_id, nl, s, seq, lockout_s = struct.unpack_from(
        pages.GRANT_BODY, page, pages.BODY_AT)
    past.counter = max(past.counter, counter)
    if kind == codes.PATIENT_BOLUS:
        ledger.add_grant(header.mono_s + 1)  # its second had begun
    run = past.clinician if kind == codes.CLINICIAN_BOLUS else past.bolus
    run.granted(bolus_id, seq, nl, s, lockout_s)


def _apply_marks(page, header, ledger, past):
    charge = struct.unpack_from(pages.MARKS_BODY, page, pages.BODY_AT)
    charge_pl, calibrated_pl, pg_per_stroke, kind = charge[0], charge[1], charge[2], charge[6]
    ledger.weigh_as(pg_per_stroke)
    made = pages.marks_made(page)
    for _ in range(-(-made * charge_pl // max(calibrated_pl, 1))):
        if kind == pages.PRIMING_STROKE:
            ledger.add_primed(header.mono_s + pages.marks_lasted_s(page, made))
        else:
            ledger.add(kind != pages.BASAL_STROKE)
    if kind == pages.CLINICIAN_STROKE:
        past.clinician.strokes += made
    elif kind != pages.BASAL_STROKE:
        past.bolus.strokes += made
    past.total += made
    past.tail_strokes = made
    used_nl = -(-made * charge_pl // 1000)
    header.reservoir_nl = max(0, header.reservoir_nl - used_nl)
    past.tail_kind = kind
    if made:
        past.off_s = 0
        past.now_s = header.mono_s + pages.marks_lasted_s(page, made)
        past.last_stroke_s = past.now_s
        header.boots = 0
