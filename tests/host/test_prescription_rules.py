"""The host's rules, each at the last value that passes and the first that does not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thecal.prescribing import rules
from thecal.prescribing.record import Prescription

GOOD = Prescription("TV000001", "morphine", 10_000, 2_400_000, 100_000, 300, 14_400, 4,
                    2_750_000, 86_400)
NO_BOLUS = {"bolus_ng": 0, "bolus_duration_s": 0, "bolus_lockout_s": 0, "bolus_count_per_24h": 0}
ROOM = {"dose_limit_ng": 4_000_000_000}


def places(**changes) -> list[str]:
    return [problem.field for problem in rules.check(replace(GOOD, **changes))]


def texts(**changes) -> str:
    return "\n".join(problem.text for problem in rules.check(replace(GOOD, **changes)))


def test_a_good_prescription_breaks_no_rule():
    assert places() == []


@pytest.mark.parametrize(
    ("last_good", "first_bad", "place"),
    [
        ({"device_serial": "T"}, {"device_serial": ""}, "device.serial"),
        ({"device_serial": "T" * 11}, {"device_serial": "T" * 12}, "device.serial"),
        ({"device_serial": "TV"}, {"device_serial": "T\u00d6"}, "device.serial"),
        ({"device_serial": "TV"}, {"device_serial": "T\0V"}, "device.serial"),
        ({"drug": "d" * 15}, {"drug": "d" * 16}, "drug.name"),
        ({"drug": "d"}, {"drug": ""}, "drug.name"),
        ({"concentration_ug_per_ml": 1, **NO_BOLUS, "basal_ng_per_day": 0},
         {"concentration_ug_per_ml": 0, **NO_BOLUS, "basal_ng_per_day": 0}, "drug.concentration"),
        ({"concentration_ug_per_ml": 50_000, **NO_BOLUS, "basal_ng_per_day": 0},
         {"concentration_ug_per_ml": 50_001, **NO_BOLUS, "basal_ng_per_day": 0},
         "drug.concentration"),
        # 2,000 nL/h at 10 mg/mL is 0.48 mg/day, 1,000,000 nL/h is 240 mg/day.
        ({"basal_ng_per_day": 480_000}, {"basal_ng_per_day": 479_999}, "basal.rate"),
        ({"basal_ng_per_day": 240_000_000, **NO_BOLUS, **ROOM},
         {"basal_ng_per_day": 240_000_001, **NO_BOLUS, **ROOM}, "basal.rate"),
        # 20 strokes of 290,000 pL are 5,800 nL: 58,000 ng at 10 mg/mL.
        ({"bolus_ng": 58_000}, {"bolus_ng": 57_999}, "patient_bolus.dose"),
        # 990,000 nL/h left beside the basal rate: 1 mg = 100,000 nL in 363.6 s.
        ({"bolus_ng": 1_000_000, "bolus_duration_s": 364, **ROOM},
         {"bolus_ng": 1_000_000, "bolus_duration_s": 363, **ROOM}, "patient_bolus.duration"),
        # 100,000 nL in 360 s are 1,000,000 nL/h, which is allowed.
        ({"basal_ng_per_day": 0, "bolus_ng": 1_000_000, "bolus_duration_s": 360},
         {"basal_ng_per_day": 0, "bolus_ng": 1_000_000, "bolus_duration_s": 359},
         "patient_bolus.duration"),
        ({"bolus_duration_s": 60}, {"bolus_duration_s": 59}, "patient_bolus.duration"),
        ({"bolus_duration_s": 21_600}, {"bolus_duration_s": 21_601}, "patient_bolus.duration"),
        ({"bolus_lockout_s": 60}, {"bolus_lockout_s": 59}, "patient_bolus.lockout"),
        ({"bolus_lockout_s": 86_400}, {"bolus_lockout_s": 86_401}, "patient_bolus.lockout"),
        ({"bolus_count_per_24h": 1}, {"bolus_count_per_24h": 0}, "patient_bolus.count_per_24h"),
        ({"bolus_count_per_24h": 24}, {"bolus_count_per_24h": 25}, "patient_bolus.count_per_24h"),
        ({"dose_window_s": 3_600}, {"dose_window_s": 3_599}, "limits.window"),
        ({"dose_window_s": 86_400}, {"dose_window_s": 86_401}, "limits.window"),
        # 2.4 mg/day give 2,425,000 ng in 24 h 15 min, and a bolus 100,000 on top.
        ({"dose_limit_ng": 2_525_000}, {"dose_limit_ng": 2_524_999}, "limits.dose"),
        ({"dose_limit_ng": 2_425_001, **NO_BOLUS}, {"dose_limit_ng": 2_425_000, **NO_BOLUS},
         "limits.dose"),
        ({"bolus_ng": 100_000}, {"bolus_ng": 2_750_001, "bolus_duration_s": 21_600},
         "patient_bolus.dose"),
    ],
)
def test_a_rule_draws_its_line_between_these_two(last_good, first_bad, place):
    assert places(**last_good) == []
    assert places(**first_bad) == [place]


def test_no_basal_rate_is_a_prescription_too():
    assert places(basal_ng_per_day=0) == []


def test_a_bolus_of_nothing_says_to_leave_the_table_out():
    assert "remove the table" in texts(bolus_ng=0)


def test_a_bolus_too_small_is_told_the_concentration_that_works():
    text = texts(bolus_ng=50_000)
    assert "choose a concentration of 8.62 mg/mL or less" in text
    assert places(bolus_ng=50_000, concentration_ug_per_ml=8_620) == []
    assert places(bolus_ng=50_000, concentration_ug_per_ml=8_621) == ["patient_bolus.dose"]


def test_a_bolus_that_no_concentration_can_carry_says_so():
    assert "no concentration is low enough" in texts(bolus_ng=5)


def test_a_rate_out_of_range_is_told_the_rates_that_work():
    assert "choose 0.48 mg/day to 240 mg/day" in texts(basal_ng_per_day=100)
    assert "choose 0.48 mg/day to 240 mg/day" in texts(basal_ng_per_day=400_000_000, **ROOM)


def test_a_bolus_above_the_dose_limit_is_named_as_such():
    text = texts(bolus_ng=3_000_000, bolus_duration_s=21_600)
    assert text.startswith("3 mg is more than the dose limit of 2.75 mg")


def test_a_low_limit_is_told_the_lowest_that_works():
    assert "choose 2.525 mg or more" in texts(dose_limit_ng=200_000)
    assert places(dose_limit_ng=2_525_000) == []


def test_a_rule_waits_for_fields_that_could_not_be_read():
    known = {name: value for name, value in vars(GOOD).items() if name != "basal_ng_per_day"}
    assert rules.check_fields(known) == []
    assert [p.field for p in rules.check_fields({**known, "drug": ""})] == ["drug.name"]


@given(st.builds(
    Prescription,
    device_serial=st.text(max_size=13), drug=st.text(max_size=17),
    **{name: st.integers(0, 2**32 - 1) for name in (
        "concentration_ug_per_ml", "basal_ng_per_day", "bolus_ng", "bolus_duration_s",
        "bolus_lockout_s", "dose_limit_ng", "dose_window_s")},
    bolus_count_per_24h=st.integers(0, 2**16 - 1),
))
def test_no_prescription_makes_the_rules_stumble_and_what_passes_can_be_packed(prescription):
    problems = rules.check(prescription)
    assert all(problem.text and problem.field for problem in problems)
    if not problems:
        assert Prescription.from_bytes(prescription.to_bytes()) == prescription
