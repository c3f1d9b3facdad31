"""Power goes at any byte of any program or erase: the tally is right to one stroke, never low."""

import copy
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.core.ledger import Ledger
from pump.core.lockout import Lockout
from pump.store.nor import BLOCK_BYTES
from pump.store.rebuild import rebuild
from pump.store.tally import Tally
from tests.store.diary import Diary, check
from tests.store.nor_model import Nor, PowerCut, torn_erase, torn_program

ACTS = ["stroke"] * 9 + ["bolus", "clinician", "prime", "refill", "erase_ahead", 3, 40, 200]


def snapshot(diary):
    """The truth as it stands, copied."""
    return copy.deepcopy(diary.truth), diary.tried, diary.now_s


def recorded(script, blocks=4):
    """Run a script to its end; returns [(kind, address, data, image before, truth)]."""
    flash, operations = Nor(blocks), []
    diary = Diary(flash.region(), start_s=85_000)

    def watch(kind, address, data):
        operations.append((kind, address, data, bytes(flash.image), snapshot(diary)))

    flash.watch = watch
    for what in script:
        diary.act(what)
    return operations


def judge(image, blocks, truth):
    """Rebuild from an image and hold it against the truth."""
    flash = Nor(blocks)
    flash.image = image
    ledger, lockout = Ledger(), Lockout()
    tally = Tally(flash.region())
    past = rebuild(tally, ledger, lockout)
    check(past, ledger, lockout, *truth)


SHORT = [0, "stroke", "stroke", 200, "bolus", "stroke", 4, "stroke", "stroke", 60, "bolus",
         "stroke", 700, "stroke", 900, "stroke", "bolus", "stroke"]
# A clinician bolus, cut in two by a patient's; then a prime, twice, a refill between.
KINDS = [0, "clinician", "stroke", "stroke", "bolus", "stroke", 30, "bolus", "stroke", "clinician",
         "stroke", "prime", "stroke", "stroke", "bolus", 9, "prime", "stroke", "bolus", "refill",
         900, "prime", "stroke", "bolus", "stroke", "clinician", "stroke"]


@pytest.mark.parametrize("script", [SHORT, KINDS])
def test_a_cut_at_every_byte_of_every_program_of_a_short_script(script):
    cuts, chance = 0, random.Random(1)
    for kind, address, data, image, truth in recorded(script):
        assert kind == "program"
        for done in range(len(data)):
            torn = bytearray(image)
            torn_program(torn, address, data, done, chance)
            judge(torn, 4, truth)
            cuts += 1
    assert cuts > 2_000


def test_a_cut_at_many_moments_of_every_erase_while_the_ring_goes_round():
    script = ["stroke", "stroke", "bolus", 901, "erase_ahead"] * 45
    erases = [one for one in recorded(script, blocks=3) if one[0] == "erase"]
    assert len(erases) > 10
    chance = random.Random(2)
    for _kind, address, _data, image, truth in erases:
        for tear in ("front", "mixed"):
            for done in (0, 1, 7, 256, 257, 2_048, 4_000, 4_095):
                torn = bytearray(image)
                torn_erase(torn, address // BLOCK_BYTES, done, tear, chance)
                judge(torn, 3, truth)


@settings(max_examples=250)
@given(st.integers(0, 2**32), st.sampled_from(["front", "mixed"]), st.sampled_from([3, 4, 6]),
       st.lists(st.one_of(st.integers(0, 800), st.integers(0, 12_000)), min_size=1,
                max_size=8))
def test_any_number_of_cuts_anywhere_and_the_pump_goes_on_writing(seed, tear, blocks, budgets):
    """Also cuts in the first pages after a start, one after the other."""
    chance = random.Random(seed)
    flash = Nor(blocks, seed, tear)
    diary = Diary(flash.region(), start_s=chance.randrange(100_000))
    for start, budget in enumerate(budgets):
        flash.budget = budget
        try:
            if start:
                diary.restart()
            for _ in range(400):
                diary.act(chance.choice(ACTS))
        except PowerCut:
            pass
    flash.budget = None
    diary.restart()
    made = diary.truth.total
    diary.stroke()
    assert diary.tally.total == made + 1


@pytest.mark.parametrize("cut_at", [0, 1, 100, 255])
def test_a_pump_whose_first_page_was_cut_starts_as_new(cut_at):
    flash = Nor(4)
    diary = Diary(flash.region())
    flash.budget = cut_at
    with pytest.raises(PowerCut):
        diary.checkpoint()
        diary.checkpoint()
    flash.budget = None
    diary.restart()
    diary.stroke()
    diary.restart()
    assert diary.tally.total == 1


def test_a_mark_whose_time_was_torn_counts_and_its_time_is_not_believed():
    for done in (1, 2):
        flash = Nor(4)
        diary = Diary(flash.region())
        diary.checkpoint()
        diary.stroke()
        diary.now_s = 480
        flash.budget = done
        with pytest.raises(PowerCut):
            diary.stroke()
        flash.budget = None
        tally = Tally(flash.region())
        past = rebuild(tally, Ledger(), Lockout())
        assert past.total == 2
        assert past.now_s == 0  # the first mark's


def test_a_torn_page_is_passed_over():
    flash = Nor(4)
    diary = Diary(flash.region())
    diary.stroke()
    flash.budget = 30
    with pytest.raises(PowerCut):
        diary.checkpoint()
    flash.budget = None
    torn = bytes(flash.image[256:512])
    diary.restart()
    diary.stroke()
    assert flash.image[256:512] == torn
    diary.restart()
    assert diary.tally.total == 2
