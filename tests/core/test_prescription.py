"""Every limit of a prescription at its edges; a problem names the field, and a value that works."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pump.core import limits as limits_record
from pump.core.prescription import check
from pump.core.programme import Programme
from tests.core.parts import (
    GOOD,
    HEAD,
    NO_BASAL,
    NO_BOLUS,
    PULSE,
    ROOM,
    SERIAL,
    STROKE_PL,
    Guarded,
    limits,
    prescription,
    programme,
)
from thecal_wire import codes
from thecal_wire.prescription import EVERY_DAY, FIELDS, VERSION

# At 10 mg/mL 2,000 nL/h are 480,000 ng/day, 1,000,000 nL/h 240,000,000.
MILLION = 240_000_000


def problem(stroke_pl=STROKE_PL, **changes):
    return check(prescription(**changes), stroke_pl, SERIAL)


def told(found):
    return (found.code, found.field, found.value, found.limit)


def test_a_good_prescription_has_no_problem():
    assert problem() is None
    assert problem(**NO_BOLUS) is None
    assert problem(**NO_BASAL) is None
    assert problem(**PULSE, **ROOM) is None


# (field, the last value that passes, the first that does not, what else must be so)
EDGES = [
    ("flags", 0, 1, {}),
    ("concentration_ug_per_ml", 1, 0, {**NO_BOLUS, **NO_BASAL, **ROOM}),
    ("concentration_ug_per_ml", 50_000, 50_001, {**NO_BOLUS, **NO_BASAL}),
    ("limit_24h_ng", 4_000_000_000, 0, {}),
    ("catheter_mm", 1_500, 1_501, {}),
    ("catheter_nl_per_cm", 500, 499, {}),
    ("catheter_nl_per_cm", 5_000, 5_001, {}),
    ("internal_nl", 500_000, 500_001, {}),
    ("reservoir_low_nl", 1_000_000, 999_999, {}),
    ("reservoir_low_nl", 10_000_000, 10_000_001, {}),
    ("pause_reminder_min", 5, 4, {}),
    ("pause_reminder_min", 1_440, 1_441, {}),
    ("step_weekdays", 1, 0, {}),
    ("step_weekdays", 127, 128, {}),
    ("step_start_quarter", 95, 96, {}),
    ("profile_start_quarter", 95, 96, {}),
    ("bolus_duration_s", 60, 59, {}),
    ("bolus_duration_s", 21_600, 21_601, {}),
    ("bolus_lockout_s", 60, 59, {}),
    ("bolus_lockout_s", 86_400, 86_401, {}),
    ("bolus_count_per_24h", 1, 0, {}),
    ("bolus_count_per_24h", 24, 25, {}),
    ("periodic_duration_s", 60, 59, {**PULSE, **ROOM}),
    ("periodic_duration_s", 21_600, 21_601,
     {**PULSE, **ROOM, "periodic_interval_s": 86_400}),
    ("periodic_duration_s", 3_599, 3_600, {**PULSE, **ROOM}),
    ("periodic_interval_s", 900, 899, {**PULSE, **ROOM}),
    ("periodic_interval_s", 86_400, 86_401, {**PULSE, **ROOM}),
    ("periodic_duration_s", 0, 1, {}),
    ("periodic_interval_s", 0, 1, {}),
    ("minimum_ng_per_day", 2_400_000, 2_400_001, {}),
    ("minimum_ng_per_day", 480_000, 479_999, {}),
]


@pytest.mark.parametrize(("field", "good", "bad", "others"), EDGES)
def test_a_field_just_out_of_range_names_itself_and_its_limit(field, good, bad, others):
    assert problem(**{**others, field: good}) is None
    limit = 1 if field == "limit_24h_ng" else good
    assert told(problem(**{**others, field: bad})) == (codes.INVALID_FIELD, field, bad, limit)


def test_without_a_catheter_its_volume_does_not_matter_and_the_minimum_rate_may_be_none():
    assert problem(catheter_mm=0, catheter_nl_per_cm=0, minimum_ng_per_day=0) is None


# --- steps and profiles -----------------------------------------------------------

STEPS = [(EVERY_DAY, 0, 2_400_000), (0b0011111, 32, 1_200_000), (0b1100000, 32, 1_800_000)]
PROFILES = [(0, 100_000, 300, 14_400, 4), (32, 60_000, 300, 3_600, 8), (64, 80_000, 60, 60, 24)]


@pytest.mark.parametrize("entry", [0, 1, 2])
@pytest.mark.parametrize(("place", "field", "bad"), [
    (0, "step_weekdays", 0), (1, "step_start_quarter", 96), (2, "basal_ng_per_day", 1)])
def test_a_problem_of_a_step_names_its_place(entry, place, field, bad):
    assert problem(steps=STEPS) is None
    steps = [list(step) for step in STEPS]
    steps[entry][place] = bad
    found = problem(steps=steps, minimum_ng_per_day=0)
    assert (found.field, found.entry, found.value) == (field, entry, bad)


@pytest.mark.parametrize("entry", [0, 1, 2])
@pytest.mark.parametrize(("place", "field", "bad"), [
    (0, "profile_start_quarter", 96), (1, "bolus_ng", 0), (2, "bolus_duration_s", 59),
    (3, "bolus_lockout_s", 86_401), (4, "bolus_count_per_24h", 25)])
def test_a_problem_of_a_profile_names_its_place(entry, place, field, bad):
    assert problem(profiles=PROFILES) is None
    profiles = [list(profile) for profile in PROFILES]
    profiles[entry][place] = bad
    found = problem(profiles=profiles)
    assert (found.field, found.entry, found.value) == (field, entry, bad)


def test_a_problem_of_the_volume_of_a_profile_names_its_place():
    profiles = [*PROFILES[:2], (64, 49_999, 60, 60, 24)]
    found = problem(profiles=profiles)
    assert (found.code, found.entry) == (codes.TOO_SMALL, 2)


def test_two_steps_may_not_start_at_once_on_any_day():
    assert problem(steps=[(0b11, 8, 2_400_000), (0b100, 8, 1_200_000)]) is None
    found = problem(steps=[(0b11, 8, 2_400_000), (0b110, 8, 1_200_000)])
    assert (found.code, found.field, found.entry) == (codes.INVALID_FIELD, "step_start_quarter", 1)


def test_two_profiles_may_not_start_at_once():
    found = problem(profiles=[PROFILES[0], PROFILES[1], PROFILES[0]])
    assert (found.field, found.entry) == ("profile_start_quarter", 2)


@pytest.mark.parametrize(("entries", "most", "of"), [("steps", 24, STEPS[0]),
                                                     ("profiles", 4, PROFILES[0])])
def test_as_many_entries_as_there_may_be(entries, most, of):
    starts = range(most + 1)
    made = [(of[0], start, *of[2:]) if entries == "steps" else (start, *of[1:])
            for start in starts]
    assert problem(**{entries: made[:most]}) is None
    assert told(problem(**{entries: made})) == (codes.INVALID_FIELD, entries, most + 1, most)


def test_there_is_a_step():
    assert told(problem(steps=[])) == (codes.INVALID_FIELD, "steps", 0, 1)


def test_the_minimum_rate_is_not_above_the_lowest_step():
    assert problem(steps=STEPS, minimum_ng_per_day=1_200_000) is None
    found = problem(steps=STEPS, minimum_ng_per_day=1_200_001)
    assert told(found) == (codes.INVALID_FIELD, "minimum_ng_per_day", 1_200_001, 1_200_000)
    zero = [*STEPS, (EVERY_DAY, 95, 0)]
    assert problem(steps=zero, minimum_ng_per_day=480_000).limit == 0


# --- volumes and rates ------------------------------------------------------------


@pytest.mark.parametrize(
    ("basal", "limit"),
    [(480_000, None), (479_999, 480_000), (1, 480_000), (0, None), (MILLION, None),
     (MILLION + 239, None), (MILLION + 240, MILLION + 239), (2**32 - 1, MILLION + 239)],
)
def test_the_basal_rate_at_its_edges(basal, limit):
    """A rate is rounded down: up to 239 ng/day above 1,000,000 nL/h still are that rate."""
    found = problem(**NO_BOLUS, **ROOM, basal_ng_per_day=basal, minimum_ng_per_day=0)
    if limit is None:
        assert found is None
    else:
        assert told(found) == (codes.INVALID_FIELD, "basal_ng_per_day", basal, limit)


@pytest.mark.parametrize("stroke_pl", [200_000, 250_000, 289_999, 290_000])
def test_a_bolus_under_twenty_strokes_names_the_concentration_that_works(stroke_pl):
    least_ng = -(-20 * stroke_pl // 1000) * 10
    assert problem(stroke_pl, bolus_ng=least_ng) is None
    found = problem(stroke_pl, bolus_ng=least_ng - 1)
    assert found.code == codes.TOO_SMALL and found.field == "concentration_ug_per_ml"
    weaker = {"bolus_ng": least_ng - 1, "concentration_ug_per_ml": found.limit}
    assert problem(stroke_pl, **weaker) is None
    assert programme(stroke_pl, **weaker).profiles[0].strokes >= 20
    weaker["concentration_ug_per_ml"] += 1
    assert problem(stroke_pl, **weaker).code == codes.TOO_SMALL


def test_basal_and_bolus_together_stay_within_the_highest_rate():
    """100,000 nL beside 10,000 nL/h: 363.6 s at least."""
    bolus = {"bolus_ng": 1_000_000, **ROOM}
    assert problem(**bolus, bolus_duration_s=364) is None
    found = problem(**bolus, bolus_duration_s=363)
    assert told(found) == (codes.INVALID_FIELD, "bolus_duration_s", 363, 364)


def test_basal_periodic_and_patient_bolus_together_stay_within_the_highest_rate():
    """100,000 nL beside 10,000 and 120,000 nL/h: 413.8 s at least."""
    bolus = {"bolus_ng": 1_000_000, **PULSE, **ROOM}
    assert problem(**bolus, bolus_duration_s=414) is None
    found = problem(**bolus, bolus_duration_s=413)
    assert told(found) == (codes.INVALID_FIELD, "bolus_duration_s", 413, 414)
    found = problem(**{**PULSE, **ROOM, "periodic_ng": 1_000_000, "periodic_duration_s": 363})
    assert told(found) == (codes.INVALID_FIELD, "periodic_duration_s", 363, 364)


def test_a_periodic_bolus_under_twenty_strokes_is_too_small():
    assert problem(**{**PULSE, **ROOM, "periodic_ng": 50_000}) is None
    found = problem(**{**PULSE, **ROOM, "periodic_ng": 49_999})
    assert (found.code, found.limit) == (codes.TOO_SMALL, 9_999)


WINDOWS = [("limit_1h_ng", 0, 5), ("limit_4h_ng", 1, 17), ("limit_24h_ng", 2, 97)]


@pytest.mark.parametrize(("field", "place", "quarters"), WINDOWS)
@pytest.mark.parametrize("stroke_pl", [200_000, 263_157, 290_000])
def test_each_limit_holds_the_programme_alone_and_one_stroke_more(
    stroke_pl, field, place, quarters
):
    alone = {**PULSE, **NO_BOLUS, **ROOM}
    found = problem(stroke_pl, **{**alone, field: 1})
    assert found.field == field
    assert problem(stroke_pl, **{**alone, field: found.limit}) is None
    again = problem(stroke_pl, **{**alone, field: found.limit - 1})
    assert told(again) == (codes.INVALID_FIELD, field, found.limit - 1, found.limit)
    made = programme(stroke_pl, **{**alone, field: found.limit})
    assert made.limits[place] == made.most[quarters] + 1


@pytest.mark.parametrize("field", ["limit_1h_ng", "limit_4h_ng"])
def test_a_shorter_window_need_not_have_a_limit(field):
    assert problem(**{field: 0}) is None


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [({"version": VERSION + 1}, codes.BAD_VERSION, "version"),
     ({"device_serial": b"TV000002"}, codes.WRONG_DEVICE, "device_serial"),
     ({"device_serial": b""}, codes.WRONG_DEVICE, "device_serial"),
     ({"drug": b""}, codes.INVALID_FIELD, "drug")],
)
def test_another_version_another_pump_and_no_drug_are_refused(change, code, field):
    found = problem(**change)
    assert (found.code, found.field) == (code, field)


# --- any prescription at all ------------------------------------------------------

U32 = st.one_of(st.integers(0, 2**32 - 1), st.integers(0, 100_000))
BYTE = st.integers(0, 255)
WORD = st.integers(0, 65_535)
WIDTHS = {"flags": BYTE, "catheter_mm": WORD, "catheter_nl_per_cm": WORD,
          "pause_reminder_min": WORD,
          "step_weekdays": BYTE, "step_start_quarter": BYTE, "profile_start_quarter": BYTE,
          "bolus_count_per_24h": BYTE}
# One step and one profile, so that a field is one value.
ANY = [name for name in FIELDS[4:] if name not in ("steps", "profiles")]


@st.composite
def anything(draw):
    fields = {**GOOD, **draw(st.sampled_from([{}, PULSE]))}
    for name in draw(st.sets(st.sampled_from(ANY), min_size=1, max_size=5)):
        fields[name] = draw(WIDTHS.get(name, U32))
    return fields


@st.composite
def deliverable(draw):
    """One that passes, mostly: made from rates and volumes, at the edges of rounding."""
    concentration = draw(st.one_of(st.integers(1, 50_000), st.sampled_from([1, 10_000, 50_000])))
    duration_s = draw(st.integers(60, 21_600))
    interval_s = draw(st.integers(900, 86_400))
    spare = draw(st.integers(0, 100))
    room_nl_per_h = draw(st.sampled_from([4_000, 400_000]))

    def rate():
        nl_per_h = draw(st.one_of(st.just(0), st.integers(2_001, room_nl_per_h)))
        return nl_per_h * 24 * concentration // 1000 + (spare if nl_per_h else 0)

    def dose(of_s):
        nl = draw(st.integers(6_000, max(6_000, 250_000 * of_s // 3_600)))
        return nl * concentration // 1000 + 1 + spare

    steps = [(draw(st.integers(1, 127)), start, rate())
             for start in draw(st.sets(st.integers(0, 95), min_size=1, max_size=5))]
    profiles = [(start, dose(duration_s), duration_s, draw(st.integers(60, 86_400)),
                 draw(st.integers(1, 24)))
                for start in draw(st.sets(st.integers(0, 95), max_size=4))]
    periodic_s = min(duration_s, interval_s - 1)
    periodic = {"periodic_ng": dose(periodic_s), "periodic_duration_s": periodic_s,
                "periodic_interval_s": interval_s}
    limit_ng = min(2**32 - 1, 30_000_000 * concentration)
    return {**HEAD, "concentration_ug_per_ml": concentration, "limit_24h_ng": limit_ng,
            "minimum_ng_per_day": 0, "steps": steps, "profiles": profiles,
            **draw(st.sampled_from([{}, periodic]))}


@settings(max_examples=500)
@given(anything(), st.integers(200_000, 290_000))
def test_the_limit_that_a_problem_names_is_accepted_when_used(fields, stroke_pl):
    found = check(prescription(**fields), stroke_pl, SERIAL)
    assume(found is not None)
    assert found.field in FIELDS and found.value == fields[found.field] != found.limit
    place = found.code, found.field
    for _ in range(2):  # a range first, then what the other fields leave of it
        fields[found.field] = found.limit
        found = check(prescription(**fields), stroke_pl, SERIAL)
        if found is None or (found.code, found.field) != place:
            return
    raise AssertionError(place)


@settings(max_examples=300)
@given(st.one_of(anything(), deliverable()), st.integers(200_000, 290_000))
def test_what_passes_fits_the_guards_record_and_a_reply(fields, stroke_pl):
    found = check(prescription(**fields), stroke_pl, SERIAL)
    if found is not None:
        assert found.limit >= 0
        return
    made = programme(stroke_pl, **fields)
    decoded = limits_record.decode(limits_record.encode(made, 7), 7)
    assert list(decoded.most) == list(made.most)
    for strokes, limit, limited in zip(decoded.windows, made.limits, made.limited, strict=True):
        assert strokes == (limit if limited else limits_record.NO_LIMIT)
    if made.fast_nl_per_h:
        least_ms = Fraction(stroke_pl * 3600 * 4, made.fast_nl_per_h * 5)
        assert least_ms <= decoded.gate_ms < least_ms + 2
    assert (decoded.gate_ms > 0) is (made.fast_nl_per_h > 0)
    assert made.fast_nl_per_h <= 1_000_000
    for profile in decoded.profiles:
        assert profile.strokes_in_bolus > profile.strokes >= 20
        assert profile.gate_ms > 0 and (profile.gate_ms <= decoded.gate_ms or not decoded.gate_ms)
    for profile in made.profiles:
        assert made.fast_nl_per_h + profile.nl_per_h <= 1_000_000


@settings(max_examples=300)
@given(deliverable(), st.integers(200_000, 290_000))
def test_a_programme_rounds_down_what_it_promises_and_up_what_it_charges(fields, stroke_pl):
    assume(check(prescription(**fields), stroke_pl, SERIAL) is None)
    made, concentration = Programme(prescription(**fields), stroke_pl), fields[
        "concentration_ug_per_ml"]
    for rate, step in zip(made.rates, fields["steps"], strict=True):
        assert rate * 24 * concentration <= step[2] * 1000
    for profile, (_start, ng, *_rest) in zip(made.profiles, fields["profiles"], strict=True):
        assert profile.nl * concentration <= ng * 1000
        assert profile.strokes * stroke_pl >= profile.nl * 1000
        assert profile.nl_per_h * profile.s <= profile.nl * 3600
    assert made.pulse_nl * concentration <= fields["periodic_ng"] * 1000
    assert made.pg_per_stroke * 1000 >= stroke_pl * concentration
    assert made.limits[2] * made.pg_per_stroke <= fields["limit_24h_ng"] * 1000


@pytest.mark.parametrize(
    ("concentration", "limit_ng"), [(1, 4_294_967_295), (10, 2_200_000_000)]
)
def test_a_limit_out_of_all_proportion_still_fits_the_guards_record(concentration, limit_ng):
    fields = {"concentration_ug_per_ml": concentration, "limit_24h_ng": limit_ng, **NO_BOLUS,
              **NO_BASAL}
    assert problem(**fields) is None
    record = limits_record.encode(Programme(prescription(**fields), 200_000), 0)
    most_in_a_day = 87_300 * 1_000_000 // 3_600 * 1_000 // 200_000
    limit = limits_record.decode(record, 0).windows[2]
    assert most_in_a_day < limit < limits_record.NO_LIMIT < 1 << 30


def test_the_shortest_duration_that_is_named_is_just_long_enough():
    """100,000 nL beside 400,001 nL/h: in 600 s they would make 1,000,001 nL/h."""
    fields = {"basal_ng_per_day": 400_001 * 240, "bolus_ng": 1_000_000, **ROOM}
    assert problem(**fields, bolus_duration_s=599).limit == 601
    assert problem(**fields, bolus_duration_s=600).limit == 601
    assert problem(**fields, bolus_duration_s=601) is None


def test_a_bolus_that_no_duration_can_hold_is_told_the_most_that_one_can():
    """990,000 nL/h are left beside basal: 5,940,000 nL in 6 h."""
    fields = {"bolus_duration_s": 21_600, **ROOM}
    assert problem(**fields, bolus_ng=59_400_000) is None
    found = problem(**fields, bolus_ng=60_000_000)
    assert told(found) == (codes.INVALID_FIELD, "bolus_ng", 60_000_000, 59_400_000)


@pytest.mark.parametrize("bolus_ng", [1, 3, 4])
def test_a_bolus_that_no_concentration_can_carry_is_told_the_least_dose(bolus_ng):
    found = problem(bolus_ng=bolus_ng)
    assert (found.code, found.field, found.limit) == (codes.TOO_SMALL, "bolus_ng", 50_000)
    assert problem(bolus_ng=found.limit) is None


@pytest.mark.parametrize("field", ["limit_1h_ng", "limit_4h_ng", "limit_24h_ng"])
def test_the_limit_holds_one_bolus_on_top_of_the_programme_so_that_it_can_ever_be_granted(field):
    programmed = {**PULSE, **ROOM}
    found = problem(**{**programmed, field: 100_000})
    assert told(found)[:2] == (codes.INVALID_FIELD, field)
    least = {**programmed, field: found.limit}
    assert problem(**least) is None
    assert problem(**{**least, field: found.limit - 1}).limit == found.limit
    for phase_s in (0, 1, 450, 899):
        assert Guarded(limits(**least), 900_000 + phase_s).press() == codes.GRANTED


def test_it_is_the_largest_profile_for_which_the_limit_must_leave_room():
    small, large = (0, 60_000, 300, 3_600, 4), (32, 200_000, 300, 3_600, 4)
    least = [problem(profiles=profiles, limit_24h_ng=1).limit
             for profiles in ([small], [large], [small, large], [large, small])]
    assert least[0] < least[1] == least[2] == least[3]


def test_a_bolus_that_cannot_be_given_within_six_hours_is_told_the_dose_that_can():
    """6 h at 990,000 nL/h beside basal."""
    found = problem(bolus_ng=4_000_000_000, bolus_duration_s=21_600, **ROOM)
    assert told(found) == (codes.INVALID_FIELD, "bolus_ng", 4_000_000_000, 59_400_000)
