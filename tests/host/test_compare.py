"""Old and new side by side: every field, and what changed."""

from dataclasses import replace

from tests.host.test_prescription_rules import GOOD, NO_BOLUS
from thecal.prescribing.compare import compare


def row(old, new, field):
    (found,) = [row for row in compare(old, new) if row.field == field]
    return found


def test_every_field_of_the_record_has_a_row():
    assert [row.field for row in compare(GOOD, GOOD)] == list(vars(GOOD))


def test_equal_prescriptions_show_no_change():
    assert {row.change for row in compare(GOOD, GOOD)} == {""}
    assert all(row.active == row.new for row in compare(GOOD, GOOD))


def test_a_change_is_marked_with_its_size_in_its_row_only():
    new = replace(GOOD, basal_ng_per_day=3_000_000)
    changed = [row for row in compare(GOOD, new) if row.change]
    assert [tuple(row) for row in changed] == [
        ("basal_ng_per_day", "basal rate", "2.4 mg/day", "3 mg/day", "+25 %")
    ]


def test_a_tenfold_slip_of_the_decimal_point_stands_out():
    assert row(GOOD, replace(GOOD, bolus_ng=1_000_000), "bolus_ng").change == "+900 %"
    assert row(GOOD, replace(GOOD, bolus_ng=10_000), "bolus_ng").change == "-90 %"


def test_a_change_too_small_for_a_percentage_is_a_change():
    assert row(GOOD, replace(GOOD, basal_ng_per_day=2_400_001), "basal_ng_per_day").change == (
        "changed")


def test_a_text_that_changes_is_marked():
    assert row(GOOD, replace(GOOD, drug="baclofen"), "drug").change == "changed"


def test_nothing_active_shows_as_a_dash_and_all_is_new():
    assert {row.active for row in compare(None, GOOD)} == {"-"}
    assert {row.change for row in compare(None, GOOD)} == {"new"}


def test_a_bolus_taken_away_shows_as_none():
    none = row(GOOD, replace(GOOD, **NO_BOLUS), "bolus_ng")
    assert (none.active, none.new, none.change) == ("0.1 mg", "none", "changed")
    assert row(GOOD, replace(GOOD, **NO_BOLUS), "bolus_lockout_s").new == "-"
