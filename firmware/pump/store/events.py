"""The event log: a ring of 32-byte records, each one flash program (SR76 to SR80).

A record is written into the next blank slot and read back. One that was torn
by a power cut is passed over and stays visible as a damaged slot. The oldest
block is erased when the ring comes round to it.
"""

from pump.store.nor import BLOCK_BYTES, is_blank
from thecal_wire import events as wire

SLOTS_PER_BLOCK = BLOCK_BYTES // wire.RECORD_BYTES
_TRIES = 4


class EventLog:
    """Appends records; `next_seq` and `next_slot` say where it stands."""

    def __init__(self, region):
        self._region = region
        self.slots = region.blocks * SLOTS_PER_BLOCK
        self.next_slot = 0
        self.next_seq = 1
        self._buffer = bytearray(wire.RECORD_BYTES)
        self._check = bytearray(wire.RECORD_BYTES)
        self._oldest = 0  # block of the oldest record
        self._erased = -1  # block known to be blank ahead of next_slot

    def open(self):
        """Find the end of the log; reads a record of each block, and the newest block."""
        newest, newest_seq, oldest_seq = -1, 0, 0
        for block in range(self._region.blocks):
            seq = self._block_seq(block)
            if seq > newest_seq:
                newest, newest_seq = block, seq
            if seq and (oldest_seq == 0 or seq < oldest_seq):
                self._oldest, oldest_seq = block, seq
        if newest >= 0:
            self._find_end(newest)

    def append(self, boot, kind, clock, wall_s, values):
        """Write one record; True if it is in flash, whole."""
        for _attempt in range(_TRIES):
            slot = self.next_slot
            if slot % SLOTS_PER_BLOCK == 0:
                self._clear_block(slot // SLOTS_PER_BLOCK)
            wire.pack(self._buffer, self.next_seq, boot, kind, clock.s, clock.ms, wall_s, values)
            self.next_slot = (slot + 1) % self.slots
            if self._region.program_checked(slot * wire.RECORD_BYTES, self._buffer, self._check):
                self.next_seq += 1
                return True
        return False

    def read(self, slot, count):
        """Raw bytes of `count` slots, torn and blank ones included."""
        return self._region.read(slot * wire.RECORD_BYTES, count * wire.RECORD_BYTES)

    def view(self, slot, count):
        """The same, in place where the body can."""
        return self._region.view(slot * wire.RECORD_BYTES, count * wire.RECORD_BYTES)

    def first_slot(self):
        """The first slot of the oldest block that holds a record."""
        return self._oldest * SLOTS_PER_BLOCK

    def since(self, seq):
        """The intact records from sequence number `seq` on, newest first."""
        blanks = 0
        for back in range(1, self.slots + 1):
            record = self.read((self.next_slot - back) % self.slots, 1)
            if wire.intact(record):
                if wire.sequence(record) < seq:
                    return
                yield record
            blanks = blanks + 1 if is_blank(record) else 0
            if blanks > SLOTS_PER_BLOCK:
                return  # a page that would not program hides nothing, an empty ring ends here

    def wants_erase(self):
        """True if the block after the present one should be erased in idle time."""
        block = self.next_slot // SLOTS_PER_BLOCK
        return (self.next_slot % SLOTS_PER_BLOCK >= SLOTS_PER_BLOCK // 2
                and self._erased != (block + 1) % self._region.blocks)

    def erase_ahead(self):
        """Erase the next block if it is not blank. Call when nothing is due."""
        self._clear_block((self.next_slot // SLOTS_PER_BLOCK + 1) % self._region.blocks)

    def _clear_block(self, block):
        if not self._region.blank(block * BLOCK_BYTES, BLOCK_BYTES):
            self._region.erase(block)
            if block == self._oldest:
                self._oldest = (block + 1) % self._region.blocks
        self._erased = block

    def _block_seq(self, block):
        first = block * SLOTS_PER_BLOCK
        record = self.read(first, 1)
        if wire.intact(record):
            return wire.sequence(record)
        if self._region.blank(block * BLOCK_BYTES, BLOCK_BYTES):
            return 0
        return _first_seq(self.read(first, SLOTS_PER_BLOCK))

    def _find_end(self, block):
        first = block * SLOTS_PER_BLOCK
        last = -1
        for i in range(SLOTS_PER_BLOCK - 1, -1, -1):
            record = self.read(first + i, 1)
            if is_blank(record):
                continue
            last = max(last, i)
            if wire.intact(record):
                self.next_seq = wire.sequence(record) + 1
                break
        self.next_slot = (first + last + 1) % self.slots


def _first_seq(records):
    for at in range(0, len(records), wire.RECORD_BYTES):
        record = records[at:at + wire.RECORD_BYTES]
        if wire.intact(record):
            return wire.sequence(record)
    return 0
