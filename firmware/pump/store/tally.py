"""The tally: write-ahead dosing (SR18, SR26, SR62).

A mark is cleared in flash *before* each stroke and read back; no mark, no
stroke. So after any power cut the count is right to within one stroke and
never low. Boluses, starts of the processor and checkpoints (at most 15 min
apart) stand between the marks; everything about doses is rebuilt from here.
"""

import struct

from pump.store import pages
from pump.store.nor import BLOCK_BYTES, PAGE_BYTES, PAGES_PER_BLOCK, FlashFault, is_blank


class BolusPast:
    """One bolus, present or last: what its grant said, and the strokes made while it ran."""

    def __init__(self):
        self.id = 0
        self.strokes = 0
        self.seq = 0  # the log's next seq at its grant
        self.nl = 0
        self.s = 0
        self.lockout_s = 0

    def granted(self, bolus_id, seq, volume_nl, duration_s, lockout_s):
        """A new bolus begins."""
        self.id, self.strokes, self.seq = bolus_id, 0, seq
        self.nl, self.s, self.lockout_s = volume_nl, duration_s, lockout_s

    def packed(self):
        """As it stands in a checkpoint."""
        return struct.pack(pages.RUN_BODY, self.id, self.strokes, self.seq, self.nl, self.s,
                           self.lockout_s)

    def unpack(self, page, at):
        """Take it from a checkpoint."""
        (self.id, self.strokes, self.seq, self.nl, self.s,
         self.lockout_s) = struct.unpack_from(pages.RUN_BODY, page, at)


class Tally:
    """The ring of tally pages.

    `state` is the header of the next page: whoever changes a field of it calls
    `write_state`, or writes the page that belongs to the change.
    """

    def __init__(self, region):
        self._region = region
        self._pages = region.blocks * PAGES_PER_BLOCK
        self._next = 0  # number of the page to be written next
        self._open = -1  # number of the MARKS page that takes marks
        self._erased = -1  # block known to be blank ahead of `_next`
        self._open_s = 0  # when it was begun
        self._marks = 0  # marks made in it
        self._mark = bytearray(pages.MARK_BYTES)  # first byte stays 0
        self._mark_check = bytearray(pages.MARK_BYTES)
        self._kind = 0
        self.total = 0  # strokes marked, ever
        self.bolus = BolusPast()  # the patient or priming bolus, present or last
        self.clinician = BolusPast()
        self.counter = 0  # of the highest dose command accepted
        self.refilled_nl = 0
        self.refill_total = 0  # what `total` was at the refill
        self.generation = 0  # of the programme that the log knows of
        self.off_s = 0  # without power since the last stroke, as far as the wall clock knows
        self.since_checkpoint = 0  # pages written; the ring must always hold a checkpoint
        self.state = pages.Header()

    def resume_at(self, past):
        """Go on after the pages that rebuild.py found."""
        self._next = past.next_page
        self.state = past.state
        self.total = past.total
        self.bolus = past.bolus
        self.clinician = past.clinician
        self.counter = past.counter
        self.refilled_nl = past.refilled_nl
        self.refill_total = past.refill_total
        self.generation = past.generation
        self.off_s = past.off_s
        self.since_checkpoint = self._pages

    def page_bytes(self, number):
        """The 256 bytes of page `number`, counted around the ring."""
        return self._region.read(self._offset(number), PAGE_BYTES)

    def block_blank(self, block):
        """True if nothing was written to this block since it was erased."""
        return self._region.blank(block * BLOCK_BYTES, BLOCK_BYTES)

    def pages_in_ring(self):
        """How many pages the ring has."""
        return self._pages

    def open_marks(self, now_s, wall_s, charge_pl, calibrated_pl, pg_per_stroke, kind):
        """Begin a page of marks; drugs beyond the first weigh nothing yet."""
        body = struct.pack(pages.MARKS_BODY, charge_pl, calibrated_pl, pg_per_stroke, 0, 0, 0,
                           kind)
        self._open = self._write(pages.MARKS_PAGE, now_s, wall_s, body)
        self._open_s = now_s
        self._marks = 0
        self._kind = kind

    def close_marks(self):
        """The next stroke needs a new page: charge, drug, bolus or quarter hour changed."""
        self._open = -1

    def takes_marks(self, kind):
        """True if the open page has room for a mark of this kind."""
        return self._open >= 0 and self._marks < pages.MARKS and self._kind == kind

    def mark(self, now_s):
        """Make the mark of one stroke; returns the new total. Raises FlashFault: no stroke then."""
        step = min((now_s - self._open_s) // pages.MARK_STEP_S, 0xFE)
        mark = self._mark
        mark[1] = step
        mark[2] = 0xFF - step
        offset = self._offset(self._open) + pages.MARKS_AT + pages.MARK_BYTES * self._marks
        self._marks += 1
        self.total += 1
        self.off_s = 0
        self._count_in_bolus()
        if not self._region.program_checked(offset, mark, self._mark_check):
            self._open = -1
            raise FlashFault(offset)
        return self.total

    def write_state(self, kind, now_s, wall_s, body=b""):
        """Write a page without marks: GRANT, BOLUS_END, REFILL, STATE or BOOT."""
        self._open = -1
        self._write(kind, now_s, wall_s, body)

    def checkpoint(self, ledger, lockout, last_stroke_s, now_s, wall_s):
        """Write the ledger and lockout; the marks so far are then no longer needed."""
        self._open = -1  # first: should a page fail, no later mark goes behind newer pages
        self.since_checkpoint = 0
        self._write(pages.CHECKPOINT_BASAL, now_s, wall_s, bytes(ledger.basal))
        self._write(pages.CHECKPOINT_BOLUS, now_s, wall_s, bytes(ledger.bolus))
        rest = struct.pack(
            pages.REST_BODY, ledger.lump, ledger.lump_s, ledger.lump_skip, ledger.grant_count,
            0, lockout.until_s, last_stroke_s, ledger.pg_per_stroke, ledger.lump_first,
            self.generation, self.counter, ledger.primed, ledger.primed_weight, ledger.primed_s,
            self.refilled_nl, self.refill_total, self.off_s)
        rest += self.bolus.packed() + self.clinician.packed()
        self._write(pages.CHECKPOINT_REST, now_s, wall_s, rest + bytes(ledger.grants))
        self.since_checkpoint = 0

    def wants_checkpoint(self):
        """True once a quarter of the ring was written without one."""
        return self.since_checkpoint >= self._pages // 4

    def wants_erase(self):
        """True if the block after the present one should be erased in idle time."""
        second_half = self._next % PAGES_PER_BLOCK >= PAGES_PER_BLOCK // 2
        return second_half and self._erased != self._next_block()

    def erase_ahead(self):
        """Erase the next block if it is not blank. Call when nothing is due."""
        self._clear_block(self._next_block())

    def _count_in_bolus(self):
        if self._kind == pages.CLINICIAN_STROKE:
            self.clinician.strokes += 1
        elif self._kind != pages.BASAL_STROKE:
            self.bolus.strokes += 1

    def _write(self, kind, now_s, wall_s, body):
        state = self.state
        state.kind = kind
        state.mono_s = now_s
        state.wall_s = wall_s
        state.total = self.total
        page = bytearray(pages.BODY_AT + len(body))
        page[pages.BODY_AT:] = body
        self.since_checkpoint += 1
        for _attempt in range(2 * PAGES_PER_BLOCK):  # a whole bad block is passed over
            number = self._next
            self._next = number + 1
            state.seq += 1
            pages.pack(page, state)
            if self._ready(number) and self._region.program_checked(
                    self._offset(number), page, bytearray(len(page))):
                return number
        raise FlashFault(self._offset(self._next))

    def _ready(self, number):
        """A page must be blank; a block that is not was left by a cut, or not erased ahead."""
        block = (number // PAGES_PER_BLOCK) % self._region.blocks
        if number % PAGES_PER_BLOCK:
            return is_blank(self.page_bytes(number))
        self._clear_block(block)
        return True

    def _next_block(self):
        return (self._next // PAGES_PER_BLOCK + 1) % self._region.blocks

    def _clear_block(self, block):
        if not self.block_blank(block):
            self._region.erase(block)
        self._erased = block

    def _offset(self, number):
        return (number % self._pages) * PAGE_BYTES
