"""The tally without cuts: pages and marks, the ring, erases ahead, and what a restart finds."""

import pytest

from pump.store import pages
from pump.store.nor import PAGES_PER_BLOCK
from tests.store.diary import (
    CALIBRATED_PL,
    CHARGE_PL,
    LOCKOUT_S,
    PG_PER_STROKE,
    Diary,
    found,
    new,
    written,
)
from tests.store.nor_model import Nor
from thecal_wire.codes import CLINICIAN_BOLUS, PATIENT_BOLUS, PRIMING_BOLUS


def test_a_page_takes_sixteen_marks_and_the_next_one_begins_a_page():
    flash, diary = new()
    for stroke in range(1, 34):
        diary.stroke()
        assert diary.tally.total == stroke
        assert len(written(flash)) == -(-stroke // 16)


def test_each_mark_is_one_program_of_three_bytes_before_its_stroke_counts():
    flash, diary = new()
    diary.stroke()
    programs = []
    flash.watch = lambda kind, address, data: programs.append((kind, address % 256, data))
    diary.now_s += 43
    diary.stroke()
    assert programs == [("program", pages.MARKS_AT + 3, b"\0\x0a\xf5")]


def test_a_mark_later_than_a_mark_can_tell_bears_the_last_time_there_is():
    flash, diary = new()
    diary.stroke()
    diary.now_s = 50_000
    diary.stroke()
    assert found(flash)[0].now_s == 254 * 4


@pytest.mark.parametrize("kind", range(4))
def test_a_page_takes_marks_of_one_kind_only(kind):
    _flash, diary = new()
    tally = diary.tally
    assert not tally.takes_marks(kind)
    tally.open_marks(0, 0, CHARGE_PL, CALIBRATED_PL, PG_PER_STROKE, kind)
    assert [tally.takes_marks(other) for other in range(4)] == [kind == n for n in range(4)]
    tally.close_marks()
    assert not tally.takes_marks(kind)


@pytest.mark.parametrize("what", ["bolus", "clinician", "prime", "refill", "checkpoint"])
def test_after_any_other_page_marks_need_a_new_one(what):
    _flash, diary = new()
    diary.stroke()
    diary.act(what)
    assert not any(diary.tally.takes_marks(kind) for kind in range(4))


def test_the_ring_goes_round_and_each_block_is_erased_once_a_turn():
    flash, diary = new(3)
    for _ in range(10 * 3 * PAGES_PER_BLOCK):
        diary.tally.write_state(pages.STATE, diary.now_s, 0)
        diary.erase_ahead()
    # Ten turns: the first finds blank blocks, and the last erased one block ahead.
    assert flash.erased in ([10, 9, 9], [9, 9, 9])
    past = found(flash)[0]
    assert past.state.seq == 480 and past.next_page % 48 == 0


def test_an_erase_is_wanted_once_in_the_second_half_of_each_block():
    _flash, diary = new(4)
    wanted = []
    for number in range(3 * PAGES_PER_BLOCK):
        if diary.tally.wants_erase():
            wanted.append(number)
            diary.tally.erase_ahead()
        diary.tally.write_state(pages.STATE, 0, 0)
    assert wanted == [8, 24, 40]


def test_a_block_that_was_not_erased_ahead_is_erased_when_it_is_needed():
    flash, diary = new(3)
    for _ in range(7 * 3 * PAGES_PER_BLOCK):
        diary.tally.write_state(pages.STATE, diary.now_s, 0)
    assert flash.erased == [6, 6, 6]


def test_what_a_restart_finds_is_what_was_written():
    flash, diary = new(start_s=80_000)
    state = diary.tally.state
    state.running, state.reservoir_nl, state.latched, state.resumes = True, 15_000_000, 0x28, 3
    diary.wait(0)
    for _ in range(20):
        diary.stroke()
    diary.grant()
    for _ in range(3):
        diary.now_s += 6
        diary.stroke()
    past, ledger, lockout = found(flash)
    assert (past.total, past.bolus.strokes, past.tail_strokes) == (23, 3, 3)
    assert past.tail_kind == pages.PATIENT_STROKE
    assert past.state.in_bolus and past.state.running and not past.state.priming
    assert (past.state.bolus_id, past.state.latched, past.state.resumes) == (1, 0x28, 3)
    assert past.now_s == past.last_stroke_s == 80_006 + 12
    assert past.state.reservoir_nl == 15_000_000 - 3 * 250  # strokes of the newest page
    assert (sum(ledger.basal), sum(ledger.bolus)) == (20, 3)
    assert ledger.pg_per_stroke == PG_PER_STROKE
    assert lockout.until_s == 0
    diary.end_bolus()
    past, ledger, lockout = found(flash)
    assert lockout.until_s == 80_018 + 1 + LOCKOUT_S[PATIENT_BOLUS]
    assert not past.state.in_bolus and past.tail_strokes == 0


def test_a_stroke_ends_the_count_of_starts_without_one():
    flash, diary = new()
    diary.tally.state.boots = 3
    diary.tally.write_state(pages.BOOT, 0, 0)
    assert found(flash)[0].state.boots == 3
    diary.stroke()
    assert found(flash)[0].state.boots == 0


def test_a_restart_that_finds_no_checkpoint_counts_every_page_of_the_ring():
    flash, diary = new(3)
    for turn in range(300):
        diary.now_s = 10 * turn
        diary.stroke()
    past, ledger, _lockout = found(flash)
    assert past.total == 300
    assert sum(ledger.basal) >= 16 * (len(written(flash)) - 1)


@pytest.mark.parametrize("strokes", [0, 1, 17])
def test_pages_of_the_rings_last_turn_are_not_counted_again(strokes):
    flash, diary = new(3)
    for turn in range(200):
        diary.now_s = 901 * turn
        diary.wait(0)
        diary.stroke()
    diary.wait(901)
    for _ in range(strokes):
        diary.stroke()
    past, ledger, _lockout = found(flash)
    assert past.total == 200 + strokes
    assert sum(ledger.basal) == 96 + strokes


def test_another_drug_in_the_pages_gives_past_strokes_their_weight():
    flash, diary = new()
    diary.wait(0)
    for _ in range(4):
        diary.stroke()
    diary.tally.open_marks(0, 0, CHARGE_PL, CALIBRATED_PL, PG_PER_STROKE // 2, 0)
    diary.stroke()
    _past, ledger, _lockout = found(flash)
    assert sum(ledger.basal) == 4 * 2 + 1
    assert ledger.pg_per_stroke == PG_PER_STROKE // 2


@pytest.mark.parametrize("filling", [0xFF, 0x00, 0xA5])
def test_flash_without_a_page_is_a_pump_that_never_ran(filling):
    flash = Nor(3)
    flash.image = bytearray([filling]) * len(flash.image)
    past, ledger, lockout = found(flash)
    assert not past.found and past.total == 0 and past.next_page == 0
    assert sum(ledger.basal) == 0 and lockout.until_s == 0
    Diary(flash.region()).stroke()
    assert found(flash)[0].total == 1


def test_a_checkpoint_is_wanted_before_the_ring_comes_round_without_one():
    _flash, diary = new(4)
    diary.checkpoint()
    for written_since in range(40):
        assert diary.tally.wants_checkpoint() is (written_since >= 16)
        diary.tally.write_state(pages.STATE, 0, 0)
    diary.checkpoint()
    assert not diary.tally.wants_checkpoint()
    diary.restart()
    assert not diary.tally.wants_checkpoint()  # a restart writes one


# --- every kind of bolus ----------------------------------------------------------


def test_strokes_of_each_kind_are_found_where_they_belong():
    flash, diary = new(start_s=80_000)
    for what in ["clinician", "stroke", "stroke", "bolus", "stroke", "bolus", "stroke",
                 "clinician", "stroke", "stroke"]:
        diary.act(what)
    past, ledger, _lockout = found(flash)
    assert (past.clinician.id, past.clinician.strokes) == (1, 3)  # before and after the patient's
    assert (past.bolus.id, past.bolus.strokes) == (2, 1)
    assert (sum(ledger.basal), sum(ledger.bolus), ledger.primed) == (2, 4, 0)
    assert (past.counter, ledger.grant_count) == (1, 1)
    for what in ["prime", "stroke", "stroke", "stroke"]:
        diary.act(what)
    past, ledger, _lockout = found(flash)
    assert past.state.in_bolus and past.state.priming
    assert (past.bolus.id, past.bolus.strokes, past.tail_kind) == (3, 3, pages.PRIMING_STROKE)
    assert (sum(ledger.basal), sum(ledger.bolus), ledger.primed) == (2, 4, 3)
    assert (past.counter, ledger.grant_count) == (2, 1)


def test_a_clinician_bolus_that_is_paused_is_found_with_the_patients():
    flash, diary = new()
    diary.grant(CLINICIAN_BOLUS)
    diary.grant(PATIENT_BOLUS)
    diary.stroke()
    for _ in range(2):  # from the pages, then from a checkpoint
        past = found(flash)[0]
        assert past.state.in_clinician and past.state.in_bolus and not past.state.priming
        assert (past.clinician.id, past.bolus.id) == (1, 2)
        assert (past.clinician.strokes, past.bolus.strokes) == (0, 1)
        assert (past.bolus.nl, past.bolus.s, past.bolus.lockout_s) == (10_002, 302, 600)
        assert (past.clinician.nl, past.clinician.s, past.clinician.lockout_s) == (10_001, 301, 0)
        diary.checkpoint()


def test_a_clinician_bolus_and_a_prime_start_no_lockout_and_are_no_grant_of_the_patients():
    flash, diary = new(start_s=80_000)
    for kind in (CLINICIAN_BOLUS, PRIMING_BOLUS):
        diary.grant(kind)
        diary.end_bolus(kind)
    _past, ledger, lockout = found(flash)
    assert lockout.until_s == 0 and ledger.grant_count == 0


def test_a_refill_ends_the_count_of_primes_and_begins_the_one_of_the_reservoir():
    flash, diary = new(start_s=80_000)
    for what in ["prime", "stroke", "stroke", "bolus", "stroke"]:
        diary.act(what)
    for _ in range(2):
        past, ledger, _lockout = found(flash)
        assert (ledger.primed, past.refilled_nl, past.refill_total) == (2, 0, 0)
        diary.checkpoint()
    diary.refill()
    for _ in range(2):
        past, ledger, _lockout = found(flash)
        assert (ledger.primed, past.refilled_nl, past.refill_total) == (0, 15_080_000, 3)
        assert ledger.primed_in(80_000, 3_600) == 2  # against a bolus they still count
        diary.checkpoint()


def test_a_command_counter_never_goes_back():
    flash, diary = new()
    for counter, what in enumerate(["clinician", "clinician", "prime", "bolus", "bolus", "bolus",
                                    "checkpoint", "clinician"]):
        diary.act(what)
        want = [1, 1, 2, 2, 2, 2, 2, 3][counter]
        assert found(flash)[0].counter == diary.tally.counter == want
    diary.restart()
    assert diary.tally.counter == 3


@pytest.mark.parametrize(("charge_pl", "counted"), [(250_000, 10), (250_001, 11), (262_500, 11),
                                                    (275_000, 11), (275_001, 12)])
@pytest.mark.parametrize("kind", range(4))
def test_strokes_that_are_larger_than_calibrated_count_for_more_rounded_up(
    charge_pl, counted, kind
):
    flash, diary = new()
    diary.tally.open_marks(0, 0, charge_pl, CALIBRATED_PL, PG_PER_STROKE, kind)
    for _ in range(10):
        diary.tally.mark(0)
    past, ledger, _lockout = found(flash)
    assert past.total == 10
    assert sum(ledger.basal) + sum(ledger.bolus) + ledger.primed == counted
    assert past.bolus.strokes + past.clinician.strokes == (10 if kind else 0)


def test_the_minimum_rate_is_kept():
    flash, diary = new()
    diary.tally.state.minimum_rate = True
    diary.tally.write_state(pages.STATE, 0, 0)
    assert found(flash)[0].state.minimum_rate
