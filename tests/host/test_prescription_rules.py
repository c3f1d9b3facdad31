"""The host's rules, each at the last value that passes and the first that does not."""

from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pump.core.prescription import check as device_check
from tests.host.prescriptions import GOOD, PROFILE, STEP, profile, step
from thecal.prescribing import rules
from thecal.prescribing.record import Prescription, Profile, Step
from thecal.prescribing.volumes import least_limit_ng, programme_nl, rates_by_quarter
from thecal_wire import prescription as wire

NO_BOLUS = {"profiles": ()}
ROOM = {"limit_24h_ng": 4_000_000_000}
PERIODIC = {"periodic_ng": 60_000, "periodic_duration_s": 300, "periodic_interval_s": 21_600}


def places(**changes) -> list[str]:
    return [problem.field for problem in rules.check(replace(GOOD, **changes))]


def texts(**changes) -> str:
    return "\n".join(problem.text for problem in rules.check(replace(GOOD, **changes)))


def basal(rate, **changes):
    """A change to one rate, its minimum out of the way."""
    return {"steps": step(basal_ng_per_day=rate), "minimum_ng_per_day": 0, **changes}


def test_a_good_prescription_breaks_no_rule():
    assert places() == []


@pytest.mark.parametrize(
    ("last_good", "first_bad", "place"),
    [
        ({"device_serial": "T"}, {"device_serial": ""}, "device.serial"),
        ({"device_serial": "T" * 11}, {"device_serial": "T" * 12}, "device.serial"),
        ({"device_serial": "TV"}, {"device_serial": "TÖ"}, "device.serial"),
        ({"device_serial": "TV"}, {"device_serial": "T\0V"}, "device.serial"),
        ({"drug": "d" * 15}, {"drug": "d" * 16}, "drug.name"),
        ({"drug": "d"}, {"drug": ""}, "drug.name"),
        ({"concentration_ug_per_ml": 1, **NO_BOLUS, **basal(0)},
         {"concentration_ug_per_ml": 0, **NO_BOLUS, **basal(0)}, "drug.concentration"),
        ({"concentration_ug_per_ml": 50_000, **NO_BOLUS, **basal(0)},
         {"concentration_ug_per_ml": 50_001, **NO_BOLUS, **basal(0)}, "drug.concentration"),
        # 2,000 nL/h at 10 mg/mL is 0.48 mg/day, 1,000,000 nL/h is 240 mg/day.
        (basal(480_000), basal(479_999), "basal.rate"),
        (basal(240_000_000, **NO_BOLUS, **ROOM), basal(240_000_001, **NO_BOLUS, **ROOM),
         "basal.rate"),
        ({"minimum_ng_per_day": 480_000}, {"minimum_ng_per_day": 479_999}, "basal.minimum"),
        ({"minimum_ng_per_day": 2_400_000}, {"minimum_ng_per_day": 2_400_001}, "basal.minimum"),
        ({"steps": step(step_weekdays=1)}, {"steps": step(step_weekdays=0)},
         "basal.steps[1].days"),
        ({"steps": step(step_start_quarter=95)}, {"steps": step(step_start_quarter=96)},
         "basal.steps[1].start"),
        ({"steps": tuple(replace(STEP, step_start_quarter=q) for q in range(24))},
         {"steps": tuple(replace(STEP, step_start_quarter=q) for q in range(25))}, "basal.steps"),
        ({"steps": (STEP,)}, {"steps": ()}, "basal.steps"),
        ({"steps": (Step(0b0000011, 24, 2_400_000), Step(0b1111100, 24, 2_400_000))},
         {"steps": (Step(0b0000111, 24, 2_400_000), Step(0b1111100, 24, 2_400_000))},
         "basal.steps[2].start"),
        # 20 strokes of 290,000 pL are 5,800 nL: 58,000 ng at 10 mg/mL.
        ({"profiles": profile(bolus_ng=58_000)}, {"profiles": profile(bolus_ng=57_999)},
         "patient_bolus.dose"),
        # 990,000 nL/h left beside the basal rate: 1 mg = 100,000 nL in 363.6 s.
        ({"profiles": profile(bolus_ng=1_000_000, bolus_duration_s=364), **ROOM},
         {"profiles": profile(bolus_ng=1_000_000, bolus_duration_s=363), **ROOM},
         "patient_bolus.duration"),
        # 100,000 nL in 360 s are 1,000,000 nL/h, which is allowed.
        (basal(0, profiles=profile(bolus_ng=1_000_000, bolus_duration_s=360)),
         basal(0, profiles=profile(bolus_ng=1_000_000, bolus_duration_s=359)),
         "patient_bolus.duration"),
        # 7,200 nL/h of a periodic bolus leave 982,800 nL/h: 100,000 nL in 366.3 s.
        ({"profiles": profile(bolus_ng=1_000_000, bolus_duration_s=393), **ROOM, **PERIODIC},
         {"profiles": profile(bolus_ng=1_000_000, bolus_duration_s=391), **ROOM, **PERIODIC},
         "patient_bolus.duration"),
        ({"profiles": profile(bolus_duration_s=60)}, {"profiles": profile(bolus_duration_s=59)},
         "patient_bolus.duration"),
        ({"profiles": profile(bolus_duration_s=21_600)},
         {"profiles": profile(bolus_duration_s=21_601)}, "patient_bolus.duration"),
        ({"profiles": profile(bolus_lockout_s=60)}, {"profiles": profile(bolus_lockout_s=59)},
         "patient_bolus.lockout"),
        ({"profiles": profile(bolus_lockout_s=86_400)},
         {"profiles": profile(bolus_lockout_s=86_401)}, "patient_bolus.lockout"),
        ({"profiles": profile(bolus_count_per_24h=1)},
         {"profiles": profile(bolus_count_per_24h=0)}, "patient_bolus.count_per_24h"),
        ({"profiles": profile(bolus_count_per_24h=24)},
         {"profiles": profile(bolus_count_per_24h=25)}, "patient_bolus.count_per_24h"),
        ({"profiles": (PROFILE, replace(PROFILE, profile_start_quarter=95))},
         {"profiles": (PROFILE, replace(PROFILE, profile_start_quarter=96))},
         "patient_bolus.profiles[2].start"),
        ({"profiles": (PROFILE, replace(PROFILE, profile_start_quarter=1))},
         {"profiles": (PROFILE, PROFILE)}, "patient_bolus.profiles[2].start"),
        ({"profiles": tuple(replace(PROFILE, profile_start_quarter=q) for q in range(4))},
         {"profiles": tuple(replace(PROFILE, profile_start_quarter=q) for q in range(5))},
         "patient_bolus.profiles"),
        ({**ROOM, **PERIODIC}, {**ROOM, **PERIODIC, "periodic_ng": 57_999},
         "periodic_bolus.dose"),
        ({**ROOM, **PERIODIC, "periodic_interval_s": 900},
         {**ROOM, **PERIODIC, "periodic_interval_s": 899}, "periodic_bolus.interval"),
        ({**ROOM, **PERIODIC, "periodic_interval_s": 86_400},
         {**ROOM, **PERIODIC, "periodic_interval_s": 86_401}, "periodic_bolus.interval"),
        ({**ROOM, **PERIODIC, "periodic_duration_s": 60},
         {**ROOM, **PERIODIC, "periodic_duration_s": 59}, "periodic_bolus.duration"),
        ({**ROOM, **PERIODIC, "periodic_interval_s": 900, "periodic_duration_s": 899},
         {**ROOM, **PERIODIC, "periodic_interval_s": 900, "periodic_duration_s": 900},
         "periodic_bolus.duration"),
        ({"catheter_mm": 1_500}, {"catheter_mm": 1_501}, "catheter.length"),
        ({"catheter_nl_per_cm": 500}, {"catheter_nl_per_cm": 499}, "catheter.volume_per_cm"),
        ({"catheter_nl_per_cm": 5_000}, {"catheter_nl_per_cm": 5_001}, "catheter.volume_per_cm"),
        ({"internal_nl": 500_000}, {"internal_nl": 500_001}, "catheter.internal"),
        ({"reservoir_low_nl": 1_000_000}, {"reservoir_low_nl": 999_999}, "reservoir.low"),
        ({"reservoir_low_nl": 10_000_000}, {"reservoir_low_nl": 10_000_001}, "reservoir.low"),
        ({"pause_reminder_min": 5}, {"pause_reminder_min": 4}, "reminder.pause"),
        ({"pause_reminder_min": 1_440}, {"pause_reminder_min": 1_441}, "reminder.pause"),
        ({"limit_24h_ng": 2_539_502}, {"limit_24h_ng": 2_539_501}, "limits.dose_24h"),
        ({"limit_4h_ng": 539_501}, {"limit_4h_ng": 539_500}, "limits.dose_4h"),
        ({"limit_1h_ng": 239_501}, {"limit_1h_ng": 239_500}, "limits.dose_1h"),
        ({}, {"limit_24h_ng": 0}, "limits.dose_24h"),
        ({"profiles": profile(bolus_ng=1_000_000, bolus_duration_s=600), **ROOM},
         {"profiles": profile(bolus_ng=2_750_001, bolus_duration_s=21_600)}, "limits.dose_24h"),
    ],
)
def test_a_rule_draws_its_line_between_these_two(last_good, first_bad, place):
    assert places(**last_good) == []
    assert places(**first_bad) == [place]


def test_no_basal_rate_is_a_prescription_too():
    assert places(**basal(0)) == []


def test_a_bolus_of_nothing_says_to_leave_it_out():
    assert "remove the profile, or the table" in texts(profiles=profile(bolus_ng=0))
    assert "remove the table [periodic_bolus]" in texts(periodic_interval_s=900)


def test_a_bolus_too_small_is_told_the_concentration_that_works():
    small = {"profiles": profile(bolus_ng=50_000)}
    assert "choose a concentration of 8.62 mg/mL or less" in texts(**small)
    assert places(**small, concentration_ug_per_ml=8_620) == []
    assert places(**small, concentration_ug_per_ml=8_621) == ["patient_bolus.dose"]


def test_a_bolus_that_no_concentration_can_carry_says_so():
    assert "no concentration is low enough" in texts(profiles=profile(bolus_ng=5))


def test_a_rate_out_of_range_is_told_the_rates_that_work():
    assert "choose 0.48 mg/day to 240 mg/day" in texts(**basal(100))
    assert "choose 0.48 mg/day to 240 mg/day" in texts(**basal(400_000_000, **ROOM))


def test_a_bolus_above_the_dose_limit_is_named_as_such():
    text = texts(profiles=profile(bolus_ng=3_000_000, bolus_duration_s=21_600))
    assert text.startswith("2.75 mg is less than a bolus of 3 mg")


def test_a_low_limit_is_told_the_lowest_that_works():
    assert "up to 2.539502 mg in 24 h and 15 min; choose that or more" in texts(
        limit_24h_ng=200_000)


def test_the_entry_at_fault_is_named_by_its_number():
    two = (STEP, replace(STEP, step_start_quarter=40, basal_ng_per_day=100))
    assert places(steps=two, minimum_ng_per_day=0) == ["basal.steps[2].rate"]
    two = (PROFILE, replace(PROFILE, profile_start_quarter=40, bolus_ng=5))
    assert places(profiles=two) == ["patient_bolus.profiles[2].dose"]


def test_a_step_lasts_until_the_next_one_starts_around_the_week():
    weekday, weekend = Step(0b0011111, 24, 5), Step(0b0100000, 40, 7)
    rates = rates_by_quarter((weekday, weekend))
    assert rates[0] == 7  # Monday morning is still the weekend's
    assert [rates[q] for q in (23, 24, 5 * 96 + 39, 5 * 96 + 40, 6 * 96 + 95)] == [7, 5, 5, 7, 7]


def test_the_most_of_a_window_is_found_across_midnight_and_the_week():
    night = replace(GOOD, steps=(Step(0b1000000, 95, 24_000_000), Step(0b0000001, 4, 2_400_000)))
    # Five quarters from Sunday 23:45 on: 1.25 h at 100,000 nL/h.
    assert programme_nl(night, 5) == 125_000


def test_a_periodic_bolus_counts_as_often_as_it_can_fall_into_a_window():
    order = replace(GOOD, **PERIODIC)
    # 97 quarters and its own 5 min hold five bolus begins 6 h apart, of 6,000 nL each.
    assert programme_nl(order, 97) - programme_nl(GOOD, 97) == 5 * 6_000


def test_a_rule_waits_for_fields_that_could_not_be_read():
    known = asdict(GOOD)
    del known["steps"][0]["basal_ng_per_day"]
    assert rules.check_fields(known) == []
    assert [p.field for p in rules.check_fields({**known, "drug": ""})] == ["drug.name"]


U32 = st.integers(0, 2**32 - 1)
U8 = st.integers(0, 255)


@given(st.builds(
    Prescription, device_serial=st.text(max_size=13), drug=st.text(max_size=17),
    **dict.fromkeys(wire.HEAD_FIELDS[4:], U32),
    steps=st.lists(st.builds(Step, U8, U8, U32), max_size=26).map(tuple),
    profiles=st.lists(st.builds(Profile, U8, U32, U32, U32, U8), max_size=6).map(tuple),
))
def test_no_prescription_makes_the_rules_stumble(prescription):
    assert all(problem.text and problem.field for problem in rules.check(prescription))


@st.composite
def at_the_edge(draw):
    """A deliverable prescription whose limits are the lowest that the rules accept."""
    concentration = draw(st.integers(1, 50_000))

    def ng(volume_nl):
        return -(-volume_nl * concentration // 1000)

    flows = st.integers(2_000, 60_000).map(lambda nl_per_h: ng(24 * nl_per_h))
    rates = st.one_of(st.just(0), flows)
    starts = draw(st.lists(st.integers(0, 95), min_size=1, max_size=8, unique=True))
    steps = tuple(Step(draw(st.integers(1, 127)), start, draw(rates)) for start in starts)
    doses = st.integers(5_800, 30_000).map(ng)
    profiles = tuple(
        Profile(start, draw(doses), draw(st.integers(300, 21_600)), draw(st.integers(60, 86_400)),
                draw(st.integers(1, 24)))
        for start in draw(st.lists(st.integers(0, 95), max_size=3, unique=True)))
    pulse = (draw(doses), draw(st.integers(300, 899)), draw(st.integers(900, 86_400)))
    if draw(st.booleans()):
        pulse = (0, 0, 0)
    order = replace(
        GOOD, concentration_ug_per_ml=concentration, minimum_ng_per_day=0, steps=steps,
        profiles=profiles, periodic_ng=pulse[0], periodic_duration_s=pulse[1],
        periodic_interval_s=pulse[2])
    least = [least_limit_ng(order, window_s) for window_s in (3_600, 14_400, 86_400)]
    return replace(order, limit_1h_ng=least[0], limit_4h_ng=least[1], limit_24h_ng=least[2])


@settings(max_examples=150, deadline=None)
@given(at_the_edge(), st.one_of(st.sampled_from([200_000, 290_000]), st.integers(200_000, 290_000)))
def test_what_passes_here_is_accepted_by_every_pump(order, stroke_pl):
    assert rules.check(order) == []
    record = order.to_bytes()
    assert Prescription.from_bytes(record) == order
    problem = device_check(wire.unpack(record), stroke_pl, b"TV000001")
    assert problem is None, vars(problem)
