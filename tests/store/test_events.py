"""The event log: what was committed stays, what was torn is seen as torn, the ring goes round."""

import random
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.store.events import SLOTS_PER_BLOCK, EventLog
from tests.store.nor_model import Nor, PowerCut, torn_program
from thecal_wire import events as wire

BLANK = b"\xff" * wire.RECORD_BYTES


def opened(flash):
    log = EventLog(flash.region())
    log.open()
    return log


def append(log, number):
    """Record `number`, its number in the payload and in the time."""
    clock = SimpleNamespace(s=number, ms=number % 1000)
    return log.append(3, wire.REFILLED, clock, 0, (number, 7))


def told(record):
    """(sequence, number) of a record."""
    seq, _boot, _kind, _version, _ms, _wall, payload = wire.unpack(record)
    return seq, int.from_bytes(payload[:4], "little")


def slots(log):
    """What a reader is told to read, oldest first: [(slot, 32 bytes)]."""
    first = log.first_slot()
    count = (log.next_slot - first) % log.slots or log.slots  # equal: a full ring
    order = [(first + offset) % log.slots for offset in range(count)]
    return [(slot, log.read(slot, 1)) for slot in order]


def kept(log):
    """The intact records, oldest first."""
    return [told(record) for _, record in slots(log) if wire.intact(record)]


def test_records_stand_in_order_and_survive_a_restart():
    flash = Nor(3)
    log = opened(flash)
    for number in range(1, 200):
        assert append(log, number)
    again = opened(flash)
    assert kept(again) == [(number, number) for number in range(1, 200)]
    assert (again.next_seq, again.next_slot) == (200, 199)
    assert again.first_slot() == 0


def test_a_new_log_is_empty():
    log = opened(Nor(3))
    assert (log.next_seq, log.next_slot, log.first_slot()) == (1, 0, 0)
    assert kept(log) == [] and list(log.since(0)) == []


@pytest.mark.parametrize("ahead", [False, True])
@pytest.mark.parametrize("count", [383, 384, 385, 448, 449, 511, 512, 513, 1_000, 4_000])
def test_the_ring_goes_round_and_drops_the_oldest_block_only(count, ahead):
    flash = Nor(3)
    log = opened(flash)
    for number in range(1, count + 1):
        assert append(log, number)
        if ahead and log.wants_erase():
            log.erase_ahead()
            assert not log.wants_erase()
    again = opened(flash)
    records = kept(again)
    assert records == [(number, number) for number in range(records[0][0], count + 1)]
    # A block is whole until the ring comes back to its begin, or is erased half a block ahead.
    if ahead:
        assert len(records) >= min(count, SLOTS_PER_BLOCK)
    else:
        assert len(records) == min(count, 384 if count % 128 == 0 else 256 + count % 128)
    assert again.next_seq == count + 1
    assert max(flash.erased) - min(flash.erased) <= 1


def test_erasing_ahead_is_wanted_once_in_the_second_half_of_a_block():
    log, wanted = opened(Nor(3)), []
    for number in range(3 * SLOTS_PER_BLOCK):
        if log.wants_erase():
            wanted.append(log.next_slot)
            log.erase_ahead()
        append(log, number)
    assert wanted == [64, 192, 320]


@pytest.mark.parametrize("written", [0, 1, 4, 127, 128, 129])
def test_a_record_torn_at_any_byte_is_passed_over_and_nothing_else_is_lost(written):
    flash = Nor(3)
    log = opened(flash)
    for number in range(1, written + 1):
        append(log, number)
    image, chance = bytes(flash.image), random.Random(written)
    for done in range(wire.RECORD_BYTES):
        flash = Nor(3)
        flash.image = bytearray(image)
        record = bytearray(wire.RECORD_BYTES)
        wire.pack(record, written + 1, 3, wire.REFILLED, 99, 0, 0, (99, 7))
        torn_program(flash.image, written * wire.RECORD_BYTES, record, done, chance)
        log = opened(flash)
        assert kept(log)[:written] == [(number, number) for number in range(1, written + 1)]
        assert append(log, 1_000) and append(log, 1_001)
        assert [number for _, number in kept(opened(flash))][-2:] == [1_000, 1_001]
        sequences = [seq for seq, _ in kept(log)]
        assert sequences == list(range(1, len(sequences) + 1))


def test_a_torn_record_stays_visible_as_a_gap():
    flash = Nor(3)
    log = opened(flash)
    append(log, 1)
    flash.budget = 20
    with pytest.raises(PowerCut):
        append(log, 2)
    flash.budget = None
    log = opened(flash)
    append(log, 3)
    shown = [record for _, record in slots(log)[:3]]
    assert [wire.intact(record) for record in shown] == [True, False, True]
    assert shown[1] != BLANK and told(shown[2]) == (2, 3)


@settings(max_examples=120)
@given(st.integers(0, 2**32), st.sampled_from(["front", "mixed"]), st.sampled_from([3, 4]),
       st.lists(st.one_of(st.integers(0, 200), st.integers(0, 9_000)), min_size=1, max_size=8))
def test_any_number_of_cuts_anywhere_loses_no_committed_record(seed, tear, blocks, budgets):
    chance = random.Random(seed)
    flash = Nor(blocks, seed, tear)
    committed, number = [], 0
    for budget in budgets:
        log = opened(flash)
        compare(log, committed, number, blocks)
        committed = kept(log)  # one that was whole though power went is there, too
        flash.budget = budget
        try:
            for _ in range(600):
                number += 1
                assert append(log, number)
                committed.append((log.next_seq - 1, number))
                if chance.random() < 0.1 and log.wants_erase():
                    log.erase_ahead()
        except PowerCut:
            flash.budget = None
    flash.budget = None
    log = opened(flash)
    compare(log, committed, number, blocks)
    assert append(log, number + 1) and kept(log)[-1][1] == number + 1


def compare(log, committed, number, blocks):
    """What is in the log is the end of what was committed, and perhaps the last attempt."""
    records = kept(log)
    if records and (not committed or records[-1] != committed[-1]):
        attempt = records.pop()
        assert attempt == (log.next_seq - 1, number)
    assert records == committed[len(committed) - len(records) :]
    # Lost from the front is at most the block that is written and the one that was erased ahead.
    assert len(records) >= min(len(committed), (blocks - 2) * SLOTS_PER_BLOCK - 8)
    assert log.next_seq == (kept(log)[-1][0] if kept(log) else 0) + 1


# --- the newest ones, and flash that wears out ------------------------------------


@pytest.mark.parametrize("count", [1, 100, 387, 500])
def test_records_since_one_come_newest_first_also_around_the_rings_end(count):
    log = opened(Nor(3))
    for number in range(1, count + 1):
        append(log, number)
    for seq in (count, count - 9, count - 130):
        told_seqs = [told(record)[0] for record in log.since(seq)]
        assert told_seqs == list(range(count, max(0, seq - 1), -1))
    assert list(log.since(count + 1)) == []
    oldest = kept(log)[0][0]
    assert [told(record)[0] for record in log.since(0)] == list(range(count, oldest - 1, -1))


def test_records_since_one_are_found_behind_torn_ones():
    flash = Nor(3)
    log = opened(flash)
    append(log, 1)
    for number in range(2, 8):
        flash.budget = 9
        with pytest.raises(PowerCut):
            append(log, number)
        flash.budget = None
        log = opened(flash)
    append(log, 8)
    assert [told(record) for record in log.since(1)] == [(2, 8), (1, 1)]


def test_records_since_one_are_found_behind_a_page_that_would_not_program():
    flash = Nor(3)
    log = opened(flash)
    for number in range(1, 9):
        append(log, number)
    flash.dead_pages.add(1)
    for number in range(9, 12):
        append(log, number)
    assert [told(record)[0] for record in log.since(5)][-1] == 5


@pytest.mark.parametrize("how", ["dead_pages", "weak_pages"])
def test_a_record_that_does_not_read_back_is_written_into_the_next_slots(how):
    """Eight records share a page; after four tries the log says so, and goes on later."""
    flash = Nor(3)
    log = opened(flash)
    for number in range(1, 8):
        append(log, number)
    getattr(flash, how).add(1)  # slots 8 to 15
    assert append(log, 8)  # the last good slot before
    assert not append(log, 9)
    assert not append(log, 9)
    assert append(log, 9)
    assert opened(flash).next_seq == 10
    assert [seq for seq, _ in kept(log)] == list(range(1, 10))


def test_a_block_whose_first_records_are_damaged_is_found_by_a_later_one():
    flash = Nor(3)
    log = opened(flash)
    for number in range(1, 150):
        append(log, number)
    for slot in range(128, 140):
        flash.image[slot * 32] = 0
    again = opened(flash)
    assert (again.next_seq, again.next_slot) == (150, 149)


def test_a_dead_first_page_does_not_hide_the_oldest_block_from_a_reader():
    flash = Nor(3)
    log = opened(flash)
    flash.dead_pages.add(0)
    for number in range(1, 300):
        append(log, number)
    assert log.first_slot() == 0
