"""Two alternating slots: whatever byte power goes at, the old one or the new one is whole."""

import random

import pytest

from pump.store.nor import BLOCK_BYTES, PAGE_BYTES
from pump.store.slots import CALIBRATION, PROGRAMME, SETTINGS, SlotPair
from tests.store.nor_model import Nor, PowerCut

OLD, NEW = b"old one " * 15, b"new one " * 15
LONG = bytes(range(250)) * 4  # three pages and a part


def pair(flash, kind=PROGRAMME):
    slot = SlotPair(flash.region(), kind)
    slot.load()
    return slot


def with_generations(count, kind=PROGRAMME):
    """A flash in which `count` generations were written, the last one OLD."""
    flash = Nor(4)
    slot = pair(flash, kind)
    for generation in range(count):
        assert slot.write(OLD if generation == count - 1 else b"older still")
    return flash


def test_empty_slots_are_no_payload_and_no_defect():
    slot = pair(Nor(4))
    assert (slot.payload, slot.generation, slot.defect) == (None, 0, False)


@pytest.mark.parametrize("payload", [b"", b"\xff" * 20, b"\0", bytes(range(242)),
                                     bytes(range(243)), LONG, LONG + bytes(10)])
def test_a_payload_reads_back_after_a_restart(payload):
    flash = Nor(4)
    assert pair(flash).write(payload)
    slot = pair(flash)
    assert (slot.payload, slot.generation, slot.defect) == (payload, 1, False)


@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_the_newest_generation_wins_and_sides_alternate(count):
    flash = with_generations(count)
    slot = pair(flash)
    assert (slot.payload, slot.generation) == (OLD, count)
    assert flash.erased == [(count + 1) // 2, count // 2, 0, 0]


def test_programme_calibration_and_settings_do_not_touch_each_other():
    flash = Nor(6)
    for kind, payload in ((PROGRAMME, OLD), (CALIBRATION, NEW), (SETTINGS, OLD), (PROGRAMME, NEW)):
        pair(flash, kind).write(payload)
    assert pair(flash, PROGRAMME).payload == pair(flash, CALIBRATION).payload == NEW
    assert pair(flash, SETTINGS).payload == OLD
    assert flash.erased == [1, 1, 1, 0, 1, 0]


@pytest.mark.parametrize("tear", ["front", "mixed"])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize(("size", "step"), [(120, 1), (1_000, 3)])
def test_a_cut_at_any_byte_leaves_the_old_one_or_the_new_one(count, size, step, tear):
    new = LONG[:size]
    length = 14 + size
    for budget in [*range(0, 256 + length, step), 256 + length]:
        flash = with_generations(count)
        flash.tear = tear
        slot = pair(flash)
        flash.budget = budget
        try:
            assert slot.write(new)
            assert budget == 256 + length
        except PowerCut:
            assert budget < 256 + length
        flash.budget = None
        again = pair(flash)
        assert (again.payload, again.generation) in ((OLD, count), (new, count + 1))
        assert not again.defect
        assert again.write(b"written again") and pair(flash).payload == b"written again"


def test_the_first_write_of_all_that_is_cut_is_a_defect_until_it_is_written_again():
    for budget in range(257, 256 + 14 + len(NEW)):
        flash = Nor(4)
        flash.budget = budget
        with pytest.raises(PowerCut):
            pair(flash).write(NEW)
        flash.budget = None
        again = pair(flash)
        if flash.image[:PAGE_BYTES] == b"\xff" * PAGE_BYTES:
            assert not again.defect
        else:
            assert again.payload == NEW or (again.defect and again.payload is None)
        assert again.write(NEW) and not again.defect


def test_one_wrong_bit_in_the_new_one_brings_back_the_old_one_and_in_both_it_is_a_defect():
    chance = random.Random(3)
    flash = with_generations(2)
    size = 14 + len(OLD)
    for bit in range(8 * size):
        image = bytearray(flash.image)
        image[BLOCK_BYTES + bit // 8] ^= 1 << bit % 8
        damaged = Nor(4)
        damaged.image = image
        slot = pair(damaged)
        assert (slot.payload, slot.generation, slot.defect) == (b"older still", 1, False)
        image[chance.randrange(14 + len(b"older still"))] ^= 1
        slot = pair(damaged)
        assert (slot.payload, slot.defect) == (None, True)
        assert slot.write(NEW) and pair(damaged).payload == NEW


@pytest.mark.parametrize("how", ["dead_pages", "weak_pages"])
def test_a_slot_that_will_not_program_says_so_and_the_old_one_stays(how):
    flash = with_generations(1)
    getattr(flash, how).add(PAGE_BYTES // PAGE_BYTES * 16)  # the first page of the second block
    slot = pair(flash)
    assert not slot.write(NEW)
    assert (slot.payload, slot.generation, slot.defect) == (OLD, 1, False)
    again = pair(flash)
    assert (again.payload, again.generation, again.defect) == (OLD, 1, False)
    assert not again.write(NEW) and pair(flash).payload == OLD  # never over the good one


@pytest.mark.parametrize("page", [16, 17, 18, 19])
@pytest.mark.parametrize("how", ["dead_pages", "weak_pages"])
def test_no_page_of_a_long_payload_may_fail(page, how):
    flash = with_generations(1)
    getattr(flash, how).add(page)
    slot = pair(flash)
    assert not slot.write(LONG) and slot.payload == OLD
    again = pair(flash)
    assert (again.payload, again.generation, again.defect) == (OLD, 1, False)
