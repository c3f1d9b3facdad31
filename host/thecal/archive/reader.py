"""Reads the whole event ring of a pump and says what is missing from it.

Reading asks for ring slots, torn ones included, so that nothing is hidden; a
history is put together afterwards, by sequence number.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from thecal import wire
from thecal.archive.decode import decode
from thecal.device.answers import LogInfo
from thecal.errors import DamagedReply, NoReply
from thecal_wire import events, messages

BLOCK_SLOTS = messages.LOG_READ_MAX
ATTEMPTS = 3  # reading changes nothing in the pump, so it may be repeated
BLANK = b"\xff" * events.RECORD_BYTES

# Gets slots read and slots to read.
Progress = Callable[[int, int], object]


class LogSource(Protocol):
    """What reading needs of a PumpClient."""

    def log_info(self) -> LogInfo:
        """Return where the ring begins and ends."""
        ...

    def log_read(self, slot: int, count: int) -> bytes:
        """Return `count` raw slots from `slot` on."""
        ...


@dataclass(frozen=True)
class RingImage:
    """The raw slots of a ring, oldest first, and the sequence number due next when read."""

    slots: tuple[bytes, ...]
    next_seq: int

    @property
    def raw(self) -> bytes:
        """All slots in one piece."""
        return b"".join(self.slots)


@dataclass(frozen=True)
class Gap:
    """Records `first_seq` to `last_seq` are missing."""

    first_seq: int
    last_seq: int

    @property
    def count(self) -> int:
        """How many records are missing."""
        return self.last_seq - self.first_seq + 1


@dataclass(frozen=True)
class History:
    """The intact records by sequence, and all that keeps them from being whole.

    `torn` slots are neither intact nor blank, `repeated` ones carry a sequence
    number once more. `gaps` lie between the first record still in the ring and
    the last one written; what the ring overwrote before is no gap: `first_seq`
    (0 = no record) says where history begins.
    """

    records: tuple[bytes, ...]
    torn: int
    repeated: int
    gaps: tuple[Gap, ...]

    @property
    def first_seq(self) -> int:
        """Sequence number of the oldest record, 0 if there is none."""
        return wire.record_sequence(self.records[0]) if self.records else 0

    @property
    def missing(self) -> int:
        """How many records are missing in all gaps."""
        return sum(gap.count for gap in self.gaps)

    def decoded(self) -> Iterator[dict[str, Any]]:
        """Yield the records as dicts; raises UnknownRecord rather than leave one out."""
        return map(decode, self.records)


def read_ring(source: LogSource, progress: Progress | None = None) -> RingImage:
    """Read all slots from the oldest to the one written last when the reading began.

    Raises what the source raises; a block that is lost or damaged is asked for
    again, ATTEMPTS times in all. There is no partial result.
    """
    info = source.log_info()
    slots: list[bytes] = []
    at, total = info.first_slot, _used(info)
    while len(slots) < total:
        count = min(BLOCK_SLOTS - at % BLOCK_SLOTS, total - len(slots), info.slots - at)
        slots += _cut(_read_block(source, at, count))
        at = (at + count) % info.slots
        if progress is not None:
            progress(len(slots), total)
    return RingImage(tuple(slots), info.next_seq)


def put_together(image: RingImage) -> History:
    """Return the history in `image`: records in order, what is torn, repeated or missing.

    A record written after the reading began is left for the next reading, or
    all that was written between would look missing.
    """
    intact = [slot for slot in image.slots if wire.record_is_intact(slot)]
    blank = image.slots.count(BLANK)
    by_seq: dict[int, bytes] = {}
    for slot in intact:
        by_seq.setdefault(wire.record_sequence(slot), slot)
    repeated = len(intact) - len(by_seq)
    seqs = sorted(seq for seq in by_seq if seq < image.next_seq)
    return History(
        records=tuple(by_seq[seq] for seq in seqs),
        torn=len(image.slots) - len(intact) - blank,
        repeated=repeated,
        gaps=tuple(_gaps(seqs, image.next_seq)),
    )


def read_history(source: LogSource, progress: Progress | None = None) -> History:
    """Read the ring of a pump and put its history together."""
    return put_together(read_ring(source, progress))


def _used(info: LogInfo) -> int:
    used = (info.next_slot - info.first_slot) % info.slots
    # Both ends on one slot: nothing was written yet, or the ring is full.
    return used or (info.slots if info.next_seq > 1 else 0)


def _read_block(source: LogSource, slot: int, count: int) -> bytes:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return source.log_read(slot, count)
        except (NoReply, DamagedReply):
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


def _cut(block: bytes) -> list[bytes]:
    size = events.RECORD_BYTES
    return [block[at : at + size] for at in range(0, len(block), size)]


def _gaps(seqs: list[int], next_seq: int) -> Iterator[Gap]:
    # With no record at all, everything that was ever written is missing.
    due = seqs[0] if seqs else 1
    for seq in [*seqs, next_seq]:
        if seq > due:
            yield Gap(due, seq - 1)
        due = seq + 1
