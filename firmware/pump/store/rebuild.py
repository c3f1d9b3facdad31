"""After any restart: what happened, from the tally alone (SR18, SR62).

The newest complete checkpoint is read, then every page after it. Torn pages
are passed over: a page that was not whole took no marks.
"""

import struct

from pump.store import pages
from pump.store.nor import PAGES_PER_BLOCK, is_blank


class Past:
    """What the tally tells. `found` is False on a pump that never ran."""

    def __init__(self):
        self.found = False
        self.next_page = 0
        self.state = pages.Header()
        self.total = 0
        self.bolus_total = 0
        self.bolus_seq = 0
        self.generation = 0
        self.now_s = 0  # pump time certainly reached
        self.last_stroke_s = 0
        self.tail_strokes = 0  # marks in the newest page
        self.tail_in_bolus = False
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
    (ledger.lump, ledger.lump_s, ledger.lump_skip, ledger.grant_count, begun, lockout.from_s,
     past.last_stroke_s, ledger.pg_per_stroke, past.bolus_total, past.bolus_seq,
     ledger.lump_first, past.generation) = struct.unpack_from(
        pages.REST_BODY, rest, pages.BODY_AT)
    lockout.begun = bool(begun)
    for i in range(len(ledger.grants)):
        ledger.grants[i] = struct.unpack_from(
            "<I", rest, pages.BODY_AT + pages.REST_BYTES + 4 * i)[0]


def _apply(page, header, ledger, lockout, past):
    """Take in one page after the checkpoint."""
    if past.found and header.seq <= past.state.seq:
        return  # left over from the ring's last turn
    past.found = True
    past.state = header
    past.total = header.total
    past.now_s = max(past.now_s, header.mono_s)
    past.tail_strokes = 0
    ledger.advance(header.mono_s)
    if header.kind == pages.MARKS_PAGE:
        _apply_marks(page, header, ledger, past)
    elif header.kind == pages.GRANT:
        ledger.add_grant(header.mono_s + 1)  # its second had begun
        past.bolus_total = header.total
        past.bolus_seq = struct.unpack_from(pages.GRANT_BODY, page, pages.BODY_AT)[2]
    elif header.kind == pages.BOLUS_END:
        lockout.restart(header.mono_s + 1)  # its second had begun


def _apply_marks(page, header, ledger, past):
    charge = struct.unpack_from(pages.MARKS_BODY, page, pages.BODY_AT)
    pg_per_stroke, in_bolus = charge[1], bool(charge[5])
    ledger.weigh_as(pg_per_stroke)
    made = pages.marks_made(page)
    for _ in range(made):
        ledger.add(in_bolus)
    past.total += made
    past.tail_strokes = made
    used_nl = -(-made * charge[0] // 1000)
    header.reservoir_nl = max(0, header.reservoir_nl - used_nl)
    past.tail_in_bolus = in_bolus
    if made:
        past.now_s = header.mono_s + pages.marks_lasted_s(page, made)
        past.last_stroke_s = past.now_s
        header.boots = 0
