"""Every limit of a prescription at its edges; a problem names the field, and a value that works."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pump.core import limits as limits_record
from pump.core.prescription import Programme, check
from pump.core.window_rule import basal_most
from tests.core.parts import (
    GOOD,
    NO_BASAL,
    NO_BOLUS,
    SERIAL,
    STROKE_PL,
    Guarded,
    limits,
    prescription,
)
from thecal_wire import codes
from thecal_wire.prescription import FIELDS, VERSION

ROOM = {"dose_limit_ng": 4_000_000_000}
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


# (field, the last value that passes, the first that does not, what else must be so)
EDGES = [
    ("flags", 0, 1, {}),
    ("concentration_ug_per_ml", 1, 0, {**NO_BOLUS, **NO_BASAL, **ROOM}),
    ("concentration_ug_per_ml", 50_000, 50_001, {**NO_BOLUS, **NO_BASAL}),
    ("dose_window_s", 3_600, 3_599, {}),
    ("dose_window_s", 86_400, 86_401, {}),
    ("bolus_duration_s", 60, 59, {}),
    ("bolus_duration_s", 21_600, 21_601, {}),
    ("bolus_lockout_s", 60, 59, {}),
    ("bolus_lockout_s", 86_400, 86_401, {}),
    ("bolus_count_per_24h", 1, 0, {}),
    ("bolus_count_per_24h", 24, 25, {}),
    ("bolus_duration_s", 0, 1, NO_BOLUS),
    ("bolus_lockout_s", 0, 1, NO_BOLUS),
    ("bolus_count_per_24h", 0, 1, NO_BOLUS),
]


@pytest.mark.parametrize(("field", "good", "bad", "others"), EDGES)
def test_a_field_just_out_of_range_names_itself_and_its_limit(field, good, bad, others):
    assert problem(**{**others, field: good}) is None
    assert told(problem(**{**others, field: bad})) == (codes.INVALID_FIELD, field, bad, good)


@pytest.mark.parametrize(
    ("basal", "limit"),
    [(480_000, None), (479_999, 480_000), (1, 480_000), (0, None), (MILLION, None),
     (MILLION + 239, None), (MILLION + 240, MILLION + 239), (2**32 - 1, MILLION + 239)],
)
def test_the_basal_rate_at_its_edges(basal, limit):
    """A rate is rounded down: up to 239 ng/day above 1,000,000 nL/h still are that rate."""
    found = problem(**NO_BOLUS, **ROOM, basal_ng_per_day=basal)
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
    assert Programme(prescription(**weaker), stroke_pl).bolus_strokes >= 20
    weaker["concentration_ug_per_ml"] += 1
    assert problem(stroke_pl, **weaker).code == codes.TOO_SMALL


def test_basal_and_bolus_together_stay_within_the_highest_rate():
    """100,000 nL beside 10,000 nL/h: 363.6 s at least."""
    bolus = {"bolus_ng": 1_000_000, **ROOM}
    assert problem(**bolus, bolus_duration_s=364) is None
    found = problem(**bolus, bolus_duration_s=363)
    assert told(found) == (codes.INVALID_FIELD, "bolus_duration_s", 363, 364)


@pytest.mark.parametrize("window_s", [3_600, 3_601, 86_400])
@pytest.mark.parametrize("stroke_pl", [200_000, 263_157, 290_000])
def test_the_limit_holds_basal_alone_and_one_stroke_more(window_s, stroke_pl):
    found = problem(stroke_pl, dose_limit_ng=1, dose_window_s=window_s, **NO_BOLUS)
    assert found.field == "dose_limit_ng"
    named = {"dose_window_s": window_s, **NO_BOLUS}
    assert problem(stroke_pl, **named, dose_limit_ng=found.limit) is None
    again = problem(stroke_pl, **named, dose_limit_ng=found.limit - 1)
    assert told(again) == (codes.INVALID_FIELD, "dose_limit_ng", found.limit - 1, found.limit)
    made = Programme(prescription(**named, dose_limit_ng=found.limit), stroke_pl)
    assert made.limit_strokes == basal_most(window_s + 900, made.interval_ms) + 1


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [({"version": VERSION + 1}, codes.BAD_VERSION, "version"),
     ({"device_serial": b"TV000002"}, codes.WRONG_DEVICE, "device_serial"),
     ({"drug": b""}, codes.INVALID_FIELD, "drug")],
)
def test_another_version_another_pump_and_no_drug_are_refused(change, code, field):
    found = problem(**change)
    assert (found.code, found.field) == (code, field)


# --- any prescription at all ------------------------------------------------------

U32 = st.one_of(st.integers(0, 2**32 - 1), st.integers(0, 100_000))


@st.composite
def anything(draw):
    fields = dict(GOOD)
    for name in draw(st.sets(st.sampled_from(FIELDS[4:]), min_size=1, max_size=5)):
        fields[name] = draw(U32 if name != "bolus_count_per_24h" else st.integers(0, 65_535))
    return fields


@st.composite
def deliverable(draw):
    """One that passes, mostly: made from rates and volumes, at the edges of rounding."""
    concentration = draw(st.one_of(st.integers(1, 50_000), st.sampled_from([1, 10_000, 50_000])))
    basal_nl_per_h = draw(st.one_of(st.just(0), st.integers(2_001, 900_000)))
    duration_s = draw(st.integers(60, 21_600))
    bolus_nl = draw(st.integers(6_000, max(6_000, 99_000 * duration_s // 3_600)))
    spare = draw(st.integers(0, 100))
    fields = {
        "concentration_ug_per_ml": concentration,
        "basal_ng_per_day": basal_nl_per_h * 24 * concentration // 1000 + spare,
        "bolus_ng": bolus_nl * concentration // 1000 + 1 + spare,
        "bolus_duration_s": duration_s,
        "bolus_lockout_s": draw(st.integers(60, 86_400)),
        "bolus_count_per_24h": draw(st.integers(1, 24)),
        "dose_window_s": draw(st.integers(3_600, 86_400)),
        "dose_limit_ng": min(2**32 - 1, 30_000_000 * concentration),
    }
    return {**GOOD, **fields, **draw(st.sampled_from([{}, {}, NO_BOLUS]))}


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
    made = Programme(prescription(**fields), stroke_pl)
    decoded = limits_record.decode(limits_record.encode(made, 7), 7)
    assert decoded.limit_strokes == made.limit_strokes
    assert decoded.interval_ms == made.interval_ms
    assert decoded.bolus_strokes == made.bolus_strokes
    assert decoded.strokes_in_bolus > decoded.bolus_strokes
    assert decoded.gate_basal_ms <= made.interval_ms * 4 / 5
    assert made.basal_nl_per_h + made.bolus_nl_per_h <= 1_000_000


@settings(max_examples=300)
@given(deliverable(), st.integers(200_000, 290_000))
def test_a_programme_rounds_down_what_it_promises_and_up_what_it_charges(fields, stroke_pl):
    assume(check(prescription(**fields), stroke_pl, SERIAL) is None)
    made, concentration = Programme(prescription(**fields), stroke_pl), fields[
        "concentration_ug_per_ml"]
    assert made.basal_nl_per_h * 24 * concentration <= fields["basal_ng_per_day"] * 1000
    assert made.bolus_nl * concentration <= fields["bolus_ng"] * 1000
    assert made.pg_per_stroke * 1000 >= stroke_pl * concentration
    assert made.limit_strokes * made.pg_per_stroke <= fields["dose_limit_ng"] * 1000
    assert made.bolus_strokes * stroke_pl >= made.bolus_nl * 1000
    if made.interval_ms:
        assert made.interval_ms * made.basal_nl_per_h <= stroke_pl * 3600


@pytest.mark.parametrize(
    ("concentration", "limit_ng"), [(1, 4_294_967_295), (10, 2_200_000_000)]
)
def test_a_limit_out_of_all_proportion_still_fits_the_guards_record(concentration, limit_ng):
    fields = {"concentration_ug_per_ml": concentration, "dose_limit_ng": limit_ng, **NO_BOLUS,
              **NO_BASAL}
    assert problem(**fields) is None
    record = limits_record.encode(Programme(prescription(**fields), 200_000), 0)
    most_in_a_day = 87_300 * 1_000_000 // 3_600 * 1_000 // 200_000
    assert most_in_a_day < limits_record.decode(record, 0).limit_strokes < 1 << 30


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


@pytest.mark.parametrize("window_s", [3_600, 86_400])
def test_the_limit_holds_one_bolus_on_top_of_basal_so_that_it_can_ever_be_granted(window_s):
    found = problem(dose_limit_ng=100_000, dose_window_s=window_s)
    assert told(found)[:2] == (codes.INVALID_FIELD, "dose_limit_ng")
    least = {"dose_limit_ng": found.limit, "dose_window_s": window_s}
    assert problem(**least) is None
    assert problem(**{**least, "dose_limit_ng": found.limit - 1}).limit == found.limit
    for phase_s in (0, 1, 450, 899):
        assert Guarded(limits(**least), 900_000 + phase_s).press() == codes.GRANTED


def test_a_bolus_above_the_limit_is_told_the_limit():
    found = problem(bolus_ng=2_750_001, bolus_duration_s=21_600)
    assert told(found) == (codes.INVALID_FIELD, "bolus_ng", 2_750_001, 2_750_000)
