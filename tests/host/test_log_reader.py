"""The ring: read whole in blocks the pump accepts, and honest about what is missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.host.peer import slot, slot_of_unknown_type
from thecal.archive.reader import (
    BLANK,
    Gap,
    RingImage,
    put_together,
    read_history,
    read_ring,
)
from thecal.device.answers import LogInfo
from thecal.errors import DamagedReply, NoReply, UnknownRecord
from thecal_wire import events, messages

TORN = b"\x01" * 20 + b"\xff" * 12


def record(seq: int) -> bytes:
    return slot(seq, events.CALIBRATED, seq)


class Ring:
    """A log source over a list of slots; keeps what it was asked for."""

    def __init__(self, slots: list[bytes], first: int, following: int, next_seq: int) -> None:
        self.slots = slots
        self.info = LogInfo(len(slots), first, following, next_seq, 32)
        self.asked: list[tuple[int, int]] = []
        self.failures: list[Exception] = []

    def log_info(self) -> LogInfo:
        return self.info

    def log_read(self, slot: int, count: int) -> bytes:
        self.asked.append((slot, count))
        if self.failures:
            raise self.failures.pop()
        # What the firmware accepts: within the ring, at most LOG_READ_MAX.
        assert slot < len(self.slots)
        assert 1 <= count <= messages.LOG_READ_MAX
        assert slot + count <= len(self.slots)
        return b"".join(self.slots[slot : slot + count])


def ring(size: int, first: int, used: int) -> Ring:
    """A ring of `size` slots that holds records 1 to `used` from slot `first` on."""
    slots = [BLANK] * size
    for seq in range(1, used + 1):
        slots[(first + seq - 1) % size] = record(seq)
    return Ring(slots, first, (first + used) % size, used + 1)


def seqs(history) -> list[int]:
    return [decoded["seq"] for decoded in history.decoded()]


@given(st.integers(1, 4), st.data())
def test_any_ring_is_read_whole_in_order_wherever_it_begins(blocks, data):
    size = 128 * blocks
    first = data.draw(st.integers(0, size - 1))
    used = data.draw(st.integers(0, size - 1))
    source = ring(size, first, used)
    history = read_history(source)
    assert seqs(history) == list(range(1, used + 1))
    assert (history.torn, history.repeated, history.gaps) == (0, 0, ())
    assert sum(count for _, count in source.asked) == used


def test_blocks_end_at_their_size_and_wrap_at_the_end_of_the_ring():
    most = messages.LOG_READ_MAX
    source = ring(2 * most, 2 * most - 6, most + 12)
    read_ring(source)
    assert source.asked == [(2 * most - 6, 6), (0, most), (most, 6)]
    odd = ring(200, 190, 20)  # its last block is a short one
    read_ring(odd)
    assert odd.asked == [(190, 10), (0, 10)]


def test_an_empty_log_asks_for_nothing():
    source = ring(256, 0, 0)
    history = read_history(source)
    assert source.asked == []
    assert (history.records, history.first_seq, history.gaps) == ((), 0, ())


def test_a_full_ring_is_read_whole():
    source = ring(128, 5, 128)
    assert source.info.first_slot == source.info.next_slot
    assert seqs(read_history(source)) == list(range(1, 129))


def test_torn_slots_are_counted_and_blank_ones_are_not():
    image = RingImage((record(1), TORN, record(2), BLANK, record(3)), 4)
    history = put_together(image)
    assert seqs(history) == [1, 2, 3]
    assert (history.torn, history.gaps) == (1, ())


def test_a_record_with_one_wrong_bit_is_torn_and_leaves_a_gap():
    wrong = bytearray(record(2))
    wrong[20] ^= 4
    history = put_together(RingImage((record(1), bytes(wrong), record(3)), 4))
    assert seqs(history) == [1, 3]
    assert (history.torn, history.gaps) == (1, (Gap(2, 2),))


def test_gaps_are_told_with_their_ends_the_one_before_the_newest_too():
    history = put_together(RingImage(tuple(map(record, (5, 6, 9))), 12))
    assert history.gaps == (Gap(7, 8), Gap(10, 11))
    assert (history.missing, history.first_seq) == (4, 5)


def test_a_log_whose_records_are_all_gone_is_one_gap():
    history = put_together(RingImage((TORN, TORN), 8))
    assert (history.torn, history.gaps) == (2, (Gap(1, 7),))


def test_records_are_put_in_order_of_sequence_and_repeats_are_counted():
    history = put_together(RingImage(tuple(map(record, (3, 1, 2, 2))), 4))
    assert seqs(history) == [1, 2, 3]
    assert (history.repeated, history.torn) == (1, 0)


def test_a_record_written_while_reading_is_left_for_the_next_reading():
    history = put_together(RingImage(tuple(map(record, (1, 2, 300))), 3))
    assert seqs(history) == [1, 2]
    assert history.gaps == ()


@pytest.mark.parametrize("error", [NoReply("p", "log_read", 1), DamagedReply("p", "log_read")])
def test_a_lost_block_is_asked_for_again_but_not_for_ever(error):
    source = ring(128, 0, 10)
    source.failures = [error] * 2
    assert len(read_ring(source).slots) == 10
    assert source.asked == [(0, 10)] * 3
    source.failures = [error] * 3
    with pytest.raises(type(error)):
        read_ring(source)


def test_an_unknown_record_is_not_left_out_in_silence():
    history = put_together(RingImage((record(1), slot_of_unknown_type(2)), 3))
    with pytest.raises(UnknownRecord):
        list(history.decoded())


def test_progress_reaches_the_total_and_raw_keeps_every_slot():
    source = ring(256, 200, 100)
    seen = []
    image = read_ring(source, lambda done, total: seen.append((done, total)))
    assert seen == [(56, 100), (100, 100)]
    assert image.raw == b"".join(map(record, range(1, 101)))
