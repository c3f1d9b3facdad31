"""Old and new side by side: every setting, steps and profiles, and what changed."""

from dataclasses import replace

from tests.host.prescriptions import GOOD, PROFILE, STEP, profile, step
from thecal.prescribing.compare import compare
from thecal.prescribing.record import Step
from thecal_wire import prescription as layout

WEEK = (Step(0b0011111, 24, 3_000_000), Step(0b1100000, 36, 2_400_000))


def row(old, new, field):
    (found,) = [row for row in compare(old, new) if row.field == field]
    return found


def changed(old, new):
    return [(row.field, row.active, row.new, row.change) for row in compare(old, new) if row.change]


def test_every_field_of_the_record_has_a_row():
    told_by_others = {"version", "flags", "steps", "profiles", "step_weekdays",
                      "step_start_quarter", "profile_start_quarter"}
    fields = [row.field for row in compare(GOOD, GOOD)]
    assert sorted(fields) == sorted(set(layout.FIELDS) - told_by_others)


def test_equal_prescriptions_show_no_change():
    flex = replace(GOOD, steps=WEEK, profiles=(PROFILE, replace(PROFILE, profile_start_quarter=9)))
    for order in (GOOD, flex, replace(GOOD, profiles=())):
        assert {row.change for row in compare(order, order)} == {""}
        assert all(row.active == row.new for row in compare(order, order))


def test_a_change_is_marked_with_its_size_in_its_row_only():
    new = replace(GOOD, steps=step(basal_ng_per_day=3_000_000))
    rows = [row for row in compare(GOOD, new) if row.change]
    assert [tuple(row) for row in rows] == [
        ("basal_ng_per_day", "basal rate", "2.4 mg/day", "3 mg/day", "+25 %")
    ]


def test_a_tenfold_slip_of_the_decimal_point_stands_out():
    assert row(GOOD, replace(GOOD, profiles=profile(bolus_ng=1_000_000)), "bolus_ng").change == (
        "+900 %")
    assert row(GOOD, replace(GOOD, profiles=profile(bolus_ng=10_000)), "bolus_ng").change == "-90 %"


def test_a_change_too_small_for_a_percentage_is_a_change():
    new = replace(GOOD, steps=step(basal_ng_per_day=2_400_001))
    assert row(GOOD, new, "basal_ng_per_day").change == "changed"


def test_a_text_that_changes_is_marked():
    assert row(GOOD, replace(GOOD, drug="baclofen"), "drug").change == "changed"


def test_nothing_active_shows_as_a_dash_and_all_is_new():
    for new in (GOOD, replace(GOOD, steps=WEEK, profiles=())):
        assert {row.active for row in compare(None, new)} == {"-"}
        assert {row.change for row in compare(None, new)} == {"new"}


def test_a_limit_that_is_taken_away_shows_as_none():
    old = replace(GOOD, limit_4h_ng=700_000)
    assert changed(old, GOOD) == [("limit_4h_ng", "0.7 mg", "none", "changed")]


def test_a_bolus_taken_away_shows_as_removed():
    none = row(GOOD, replace(GOOD, profiles=()), "bolus_ng")
    assert (none.active, none.new, none.change) == ("0.1 mg", "-", "removed")


def test_steps_are_matched_by_days_and_start_not_by_place():
    between = (WEEK[0], Step(0b0011111, 80, 1_800_000), WEEK[1])
    old, new = replace(GOOD, steps=WEEK), replace(GOOD, steps=between)
    assert changed(old, new) == [
        ("basal_ng_per_day[mon-fri 20:00]", "-", "1.8 mg/day", "new")]
    assert changed(new, old) == [
        ("basal_ng_per_day[mon-fri 20:00]", "1.8 mg/day", "-", "removed")]


def test_a_continuous_rate_that_becomes_a_programme_shows_both():
    assert [entry[0] for entry in changed(GOOD, replace(GOOD, steps=WEEK))] == [
        "basal_ng_per_day[mon-fri 06:00]", "basal_ng_per_day[sat, sun 09:00]",
        "basal_ng_per_day[every day 00:00]"]


def test_profiles_are_compared_field_by_field():
    night = replace(PROFILE, profile_start_quarter=88)
    old = replace(GOOD, profiles=(PROFILE, night))
    new = replace(GOOD, profiles=(PROFILE, replace(night, bolus_lockout_s=28_800)))
    assert changed(old, new) == [("bolus_lockout_s[22:00]", "4 h", "8 h", "+100 %")]
    assert STEP in new.steps
