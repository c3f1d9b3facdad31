"""Wrong versions of the store are killed by the tests of this folder."""

import pytest

from tests.core.mutants import KILLED, PASSED, Mutant, copied, plant, run
from tests.store.test_tally_cuts import KINDS, SHORT

PAGES, REBUILD, TALLY = "store/pages.py", "store/rebuild.py", "store/tally.py"
EVENTS, SLOTS, NOR = "store/events.py", "store/slots.py", "store/nor.py"

EVERY_BYTE = ("store.test_tally_cuts",
              "test_a_cut_at_every_byte_of_every_program_of_a_short_script", SHORT)
KINDS_CUT = ("store.test_tally_cuts",
             "test_a_cut_at_every_byte_of_every_program_of_a_short_script", KINDS)

MUTANTS = [
    Mutant("a mark counts only when its first byte is whole", PAGES,
           [("MARK_BYTES * i] != 0xFF:", "MARK_BYTES * i] == 0x00:")],
           ("store.test_pages",
            "test_a_mark_counts_from_its_first_bit_and_its_time_only_whole", [[254]], 1, 0)),
    Mutant("a torn time is believed", PAGES,
           [("if page[at + 1] + page[at + 2] == 0xFF:", "if page[at + 1] != 0xFF:")],
           ("store.test_pages",
            "test_a_mark_counts_from_its_first_bit_and_its_time_only_whole",
            [[0, 0, 255], [0, 25, 231]], 2, 0)),
    Mutant("a page needs no check of its body", PAGES,
           [("!= _crc(page, BODY_AT + BODY_BYTES[kind]):", "== 0xFFFFFFFF:")],
           EVERY_BYTE),
    Mutant("the marks of the newest page are not counted", REBUILD,
           [("    made = pages.marks_made(page)\n", "    made = 0\n")],
           EVERY_BYTE),
    Mutant("half a checkpoint is a checkpoint", REBUILD,
           [("kind == pages.CHECKPOINT_BASAL and follower == 2", "kind == pages.CHECKPOINT_BASAL")],
           EVERY_BYTE),
    Mutant("pages of the last turn are counted again", REBUILD,
           [("if past.found and header.seq <= past.state.seq:", "if False:")],
           ("store.test_worn_flash",
            "test_old_pages_in_a_block_that_will_not_erase_are_not_counted_again")),
    Mutant("grants are not read back", REBUILD,
           [("ledger.add_grant(header.mono_s + 1)", "pass")],
           EVERY_BYTE),
    Mutant("the end of a bolus starts no lockout", REBUILD,
           [("            lockout.restart(header.mono_s + 1, lockout_s)", "            pass")],
           EVERY_BYTE),
    Mutant("a command counter is forgotten with its page", REBUILD,
           [("past.counter = max(past.counter, counter)", "pass")],
           KINDS_CUT),
    Mutant("a command counter is not in the checkpoint", TALLY,
           [("self.generation, self.counter, ledger.primed", "self.generation, 0, ledger.primed")],
           KINDS_CUT),
    Mutant("a clinician bolus counts as the patient's", REBUILD,
           [("    if kind == codes.PATIENT_BOLUS:\n", "    if True:\n")],
           KINDS_CUT),
    Mutant("strokes of a clinician bolus count for the patient's", REBUILD,
           [("    if kind == pages.CLINICIAN_STROKE:\n        past.clinician.strokes += made",
             "    if kind == pages.CLINICIAN_STROKE:\n        past.bolus.strokes += made")],
           KINDS_CUT),
    Mutant("priming strokes are forgotten", REBUILD,
           [("            ledger.add_primed(header.mono_s + pages.marks_lasted_s(page, made))",
             "            pass")],
           KINDS_CUT),
    Mutant("a refill does not end the count of primes", REBUILD,
           [("        ledger.refilled(header.mono_s)", "        pass")],
           KINDS_CUT),
    Mutant("a larger stroke counts as one", REBUILD,
           [("-(-made * charge_pl // max(calibrated_pl, 1))", "made")],
           ("store.test_tally",
            "test_strokes_that_are_larger_than_calibrated_count_for_more_rounded_up",
            262_500, 11, 0)),
    Mutant("a page of a slot that failed goes unnoticed", SLOTS,
           [("                return False\n        self._newest",
             "                break\n        self._newest")],
           ("store.test_slots", "test_no_page_of_a_long_payload_may_fail", 18, "dead_pages")),
    Mutant("nothing is read back", NOR,
           [("return check == data", "return True")],
           ("store.test_worn_flash", "test_a_mark_that_does_not_read_back_raises_and_is_no_stroke",
            "weak_pages")),
    Mutant("the older slot wins", SLOTS,
           [("generation > self.generation", "generation < self.generation")],
           ("store.test_slots", "test_the_newest_generation_wins_and_sides_alternate", 3)),
    Mutant("a new slot is written over the good one", SLOTS,
           [("side = 1 - self._newest", "side = self._newest")],
           ("store.test_slots", "test_a_cut_at_any_byte_leaves_the_old_one_or_the_new_one",
            2, 120, 1, "front")),
    Mutant("a defective pair looks like an empty one", SLOTS,
           [("self.defect = written > 0 and self.payload is None", "self.defect = False")],
           ("store.test_slots",
            "test_the_first_write_of_all_that_is_cut_is_a_defect_until_it_is_written_again")),
    Mutant("a block that is full of old records is written on", EVENTS,
           [("            if slot % SLOTS_PER_BLOCK == 0:", "            if slot == 0:")],
           ("store.test_events",
            "test_the_ring_goes_round_and_drops_the_oldest_block_only", 1_000, False)),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.what.replace(" ", "_"))
def test_a_wrong_version_is_killed(mutant, tmp_path):
    copy = copied(tmp_path)
    plant(mutant, copy)
    done = run(copy, [mutant.killer()])
    assert done.returncode == KILLED, done.stderr


def test_the_same_tests_pass_on_a_copy_that_nobody_touched(tmp_path):
    killers = {repr(mutant.test): mutant.killer() for mutant in MUTANTS}
    done = run(copied(tmp_path), list(killers.values()))
    assert done.returncode == PASSED, done.stderr
