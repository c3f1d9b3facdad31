"""A tally on flash that wears out: pages that will not program, blocks that will not erase."""

import pytest

from pump.store import pages
from pump.store.nor import PAGES_PER_BLOCK, FlashFault
from tests.store.diary import CALIBRATED_PL, CHARGE_PL, PG_PER_STROKE, found, new, written


@pytest.mark.parametrize("how", ["dead_pages", "weak_pages"])
@pytest.mark.parametrize("bad", [{1}, {5, 6, 7}, {15}, {14, 15}])
def test_a_page_that_will_not_program_is_passed_over_and_nothing_is_lost(how, bad):
    flash, diary = new(4)
    setattr(flash, how, bad)
    for turn in range(60):
        diary.wait(100)
        diary.stroke()
        if turn % 7 == 0:
            diary.act("bolus")
    past, ledger, _lockout = found(flash)
    assert past.total == 60
    assert sum(ledger.basal) + sum(ledger.bolus) == 60


def test_a_block_that_takes_nothing_is_passed_over():
    flash, diary = new(4)
    flash.dead_pages = set(range(16, 32))
    diary.stroke()
    for _ in range(6):
        diary.checkpoint()
    diary.stroke()
    assert not [number for number in written(flash) if 16 <= number < 32]
    assert max(written(flash)) >= 32
    assert found(flash)[0].total == 2


def test_when_two_blocks_take_nothing_it_says_so_and_goes_on_behind_them():
    flash, diary = new(4)
    flash.dead_pages = set(range(16, 48))
    diary.stroke()
    with pytest.raises(FlashFault):
        for _ in range(6):
            diary.checkpoint()
    assert not [number for number in written(flash) if number >= 16]
    diary.checkpoint()
    diary.stroke()
    assert found(flash)[0].total == 2


def a_stroke_to_a_page(diary, count):
    for _ in range(count):
        diary.tally.close_marks()
        diary.stroke()


def block_ahead(diary):
    return (diary.tally._next // PAGES_PER_BLOCK + 1) % 4


def test_old_pages_in_a_block_that_will_not_erase_are_not_counted_again():
    flash, diary = new(4)
    a_stroke_to_a_page(diary, 70)  # round once, so that every block holds pages
    flash.dead_blocks.add(block_ahead(diary))
    diary.checkpoint()
    a_stroke_to_a_page(diary, 24)
    past, ledger, _lockout = found(flash)
    assert past.total == sum(ledger.basal) == 94


def test_an_old_checkpoint_in_a_block_that_will_not_erase_is_not_the_newest():
    flash, diary = new(4)
    for _ in range(8):  # round once, a checkpoint in every block
        a_stroke_to_a_page(diary, 5)
        diary.checkpoint()
    a_stroke_to_a_page(diary, 3)
    flash.dead_blocks.add(block_ahead(diary))
    diary.checkpoint()
    a_stroke_to_a_page(diary, 24)
    past, ledger, _lockout = found(flash)
    assert past.total == sum(ledger.basal) == 67


@pytest.mark.parametrize("how", ["dead_pages", "weak_pages"])
def test_a_mark_that_does_not_read_back_raises_and_is_no_stroke(how):
    flash, diary = new()
    diary.stroke()
    getattr(flash, how).add(written(flash)[0])
    with pytest.raises(FlashFault):
        diary.stroke()
    assert diary.truth.strokes == [0]
    assert found(flash)[0].total == (1 if how == "dead_pages" else 2)  # its first bit may be there
    getattr(flash, how).clear()
    assert not diary.tally.takes_marks(0)  # never again in that page


def test_a_mark_that_failed_counts_in_the_total_for_its_first_bit_may_be_there():
    """Never low: delivery.py charges it to the guard, and makes no stroke."""
    flash, diary = new()
    diary.stroke()
    flash.dead_pages.add(written(flash)[0])
    with pytest.raises(FlashFault):
        diary.stroke()
    assert diary.tally.total == 2
    diary.tally.open_marks(0, 0, CHARGE_PL, CALIBRATED_PL, PG_PER_STROKE, 0)
    assert diary.tally.mark(0) == 3
    assert found(flash)[0].total == 3


def test_a_dead_first_page_of_a_block_does_not_hide_the_strokes_behind_it():
    flash, diary = new(4)
    flash.dead_pages.add(16)
    for _ in range(13):
        diary.tally.write_state(pages.STATE, 0, 0)
    diary.checkpoint()  # fills the first block
    for _ in range(20):
        diary.stroke()
    past, ledger, _lockout = found(flash)
    assert (past.total, sum(ledger.basal)) == (20, 20)


def test_after_a_checkpoint_that_failed_half_way_marks_begin_a_new_page():
    flash, diary = new(4)
    diary.stroke()
    flash.dead_pages = set(range(2, 48))
    with pytest.raises(FlashFault):
        diary.checkpoint()
    flash.dead_pages.clear()
    diary.stroke()
    assert found(flash)[0].total == 2
