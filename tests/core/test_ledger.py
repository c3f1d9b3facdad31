"""The ledger counts between the truth and its quarter hours, and power cuts age nothing."""

from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pump.core.ledger import BUCKET_MAX, BUCKETS, DAY_S, GRANTS_MAX, QUARTER_S, Ledger
from tests.core.histories import gaps_s, played, starts_s, strokes, weights, windows_s
from tests.oracles.window_oracle import ceiling, truth

probes_s = st.lists(gaps_s, max_size=6)


@settings(max_examples=400)
@given(starts_s, strokes, windows_s, probes_s)
@example(0, [(0, 1, False)], 86_400, [86_399, 1])
@example(899, [(0, 1, False)], 3_600, [3_600, 1, 1])
def test_the_count_is_never_below_the_truth_and_never_above_the_ceiling(
    start_s, history, window_s, probes
):
    ledger, made, now_s = played(start_s, history)
    times = [at_s for at_s, _ in made]
    for gap_s in [0, *probes]:
        now_s += gap_s
        ledger.advance(now_s)
        count = ledger.in_window(now_s, window_s)
        assert truth(times, now_s, window_s) <= count <= ceiling(times, now_s, window_s)
        assert weights(ledger, now_s, window_s) == count  # no power cut: they agree


def test_a_quarter_hour_stays_until_all_of_it_has_left_the_window():
    ledger = Ledger()
    ledger.advance(900)
    ledger.add(False)
    for now_s, count in [(900 + 3_600, 1), (1_799 + 3_600, 1), (1_800 + 3_600, 0)]:
        ledger.advance(now_s)
        assert ledger.in_window(now_s, 3_600) == count


def test_a_day_that_begins_in_mid_quarter_is_held_whole():
    ledger = Ledger()
    ledger.advance(899)
    ledger.add(True)
    ledger.advance(899 + DAY_S)
    assert ledger.in_window(899 + DAY_S, DAY_S) == 1
    ledger.advance(900 + DAY_S)
    assert ledger.in_window(900 + DAY_S, DAY_S) == 0


@pytest.mark.parametrize("away_s", [96 * 900, 97 * 900 - 1, 97 * 900, 98 * 900, 10**8])
def test_buckets_are_empty_when_they_come_round_again(away_s):
    ledger = Ledger()
    for quarter in range(BUCKETS):
        ledger.advance(quarter * QUARTER_S)
        ledger.add(quarter % 2 == 0)
    start_s = (BUCKETS - 1) * QUARTER_S
    ledger.advance(start_s + away_s)
    left = 1 if away_s < 97 * 900 else 0
    assert sum(ledger.basal) + sum(ledger.bolus) == left


@settings(max_examples=300)
@given(st.integers(0, 10**9), st.lists(st.one_of(st.sampled_from([1, 86_399, 86_400, 86_401]),
                                                 st.integers(0, 20_000)), max_size=40))
def test_grants_count_for_exactly_a_day(start_s, gaps):
    ledger, granted, now_s = Ledger(), [], start_s
    for gap_s in gaps:
        now_s += gap_s
        ledger.advance(now_s)
        in_day = [at_s for at_s in granted if now_s - DAY_S < at_s <= now_s]
        assert list(ledger.grants[: ledger.grant_count]) == in_day[-GRANTS_MAX:]
        if ledger.grant_count < GRANTS_MAX:
            ledger.add_grant(now_s)
            granted.append(now_s)


def test_one_grant_more_than_there_is_room_for_drops_the_oldest():
    ledger = Ledger()
    for at_s in range(GRANTS_MAX + 1):
        ledger.add_grant(at_s)
    assert list(ledger.grants) == list(range(1, GRANTS_MAX + 1))


def test_a_full_quarter_hour_is_told():
    for bucket in ("basal", "bolus"):
        ledger = Ledger()
        getattr(ledger, bucket)[0] = BUCKET_MAX - 1
        assert not ledger.full()
        ledger.add(bucket == "bolus")
        assert ledger.full()
        ledger.advance(QUARTER_S)
        assert not ledger.full()


# --- after a power cut ------------------------------------------------------------


def moved(made, now_s, span_s):
    """The strokes as they count after a power cut: boluses of the last `span_s` as made now."""
    return [(now_s if in_bolus and now_s - span_s < at_s else at_s, in_bolus)
            for at_s, in_bolus in made]


scripts = st.lists(st.one_of(
    st.tuples(st.just("strokes"), gaps_s, st.integers(1, 4), st.booleans()),
    st.tuples(st.just("cut"), st.one_of(st.integers(0, 3), gaps_s)),
), max_size=20)


@settings(max_examples=400)
@given(starts_s, windows_s, scripts, probes_s)
def test_after_power_cuts_boluses_count_as_just_made_and_basal_keeps_its_age(
    start_s, window_s, script, probes
):
    ledger, now_s = Ledger(), start_s
    ledger.advance(now_s)
    # Two histories: boluses surely in the window moved, and those in its first quarter hour too.
    least, most = [], []
    for step in script + [("look", gap_s) for gap_s in [0, *probes]]:
        now_s += step[1]
        ledger.advance(now_s)
        if step[0] == "cut":
            ledger.restamp(now_s, window_s)
            least = moved(least, now_s, window_s)
            most = moved(most, now_s, window_s + QUARTER_S)
        elif step[0] == "strokes":
            for _ in range(step[2]):
                ledger.add(step[3])
            least += [(now_s, step[3])] * step[2]
            most += [(now_s, step[3])] * step[2]
        counted = weights(ledger, now_s, window_s)
        assert counted >= truth([at_s for at_s, _ in least], now_s, window_s)
        assert counted <= ceiling([at_s for at_s, _ in most], now_s, window_s)
        # Without the boluses: basal is where it was.
        quarters = range(ledger.first_quarter(now_s, window_s), ledger.newest + 1)
        basal = [at_s for at_s, in_bolus in least if not in_bolus]
        kept = sum(ledger.basal[quarter % BUCKETS] for quarter in quarters)
        assert truth(basal, now_s, window_s) <= kept <= ceiling(basal, now_s, window_s)


def test_a_bolus_before_the_cut_leaves_a_whole_window_after_it():
    ledger = Ledger()
    for _ in range(40):
        ledger.add(True)
    ledger.add(False)
    ledger.restamp(3_500, 3_600)
    for now_s, count in [(3_500, 41), (4_499, 41), (4_500, 40), (7_199, 40), (7_200, 0)]:
        ledger.advance(now_s)
        assert weights(ledger, now_s, 3_600) == count


@pytest.mark.parametrize("cuts", [1, 2, 3, 20])
def test_repeated_power_cuts_count_no_stroke_twice(cuts):
    ledger = Ledger()
    ledger.advance(10_000)
    for _ in range(40):
        ledger.add(True)
    for cut in range(cuts):
        ledger.restamp(10_000 + 7 * cut, 86_400)
        ledger.add(True)  # one more, in the quarter hour of the cut
    assert weights(ledger, 10_000 + 7 * cuts, 86_400) == 40 + cuts
    ledger.restamp(20_000, 86_400)
    assert weights(ledger, 20_000, 86_400) == 40 + cuts
    assert weights(ledger, 20_000, 86_400) == ledger.in_window(20_000, 86_400)


def test_the_hard_limit_still_goes_by_pump_time_after_a_cut():
    ledger = Ledger()
    ledger.add(True)
    ledger.restamp(3_000, 3_600)
    ledger.advance(4_500)
    assert ledger.in_window(4_500, 3_600) == 0
    assert weights(ledger, 4_500, 3_600) == 1


def test_grants_count_from_the_power_cut_and_those_of_yesterday_do_not_come_back():
    ledger = Ledger()
    for at_s in (0, 1, 50_000):
        ledger.add_grant(at_s)
    ledger.restamp(86_400, 3_600)
    assert list(ledger.grants[: ledger.grant_count]) == [86_400, 86_400]
    ledger.advance(86_400 + 86_399)
    assert ledger.grant_count == 2
    ledger.advance(86_400 + 86_400)
    assert ledger.grant_count == 0


def test_a_longer_window_set_after_a_cut_still_sees_the_boluses_of_the_day():
    ledger = Ledger()
    for _ in range(20):
        ledger.add(True)
    ledger.advance(9_000)
    ledger.add(True)
    ledger.restamp(10_000, 3_600)  # only the second is in this window
    assert weights(ledger, 10_000, 86_400) >= ledger.in_window(10_000, 86_400)


def test_a_shorter_window_in_force_at_a_second_cut_makes_no_stroke_count_twice():
    ledger = Ledger()
    ledger.advance(10_000)
    for _ in range(40):
        ledger.add(True)
    ledger.restamp(60_000, 86_400)
    ledger.restamp(60_100, 3_600)
    assert weights(ledger, 60_100, 3_600) == 40
    assert weights(ledger, 60_100, 86_400) == 40


# --- another drug or stroke volume ------------------------------------------------

weights_pg = st.integers(200, 14_500_000)


@settings(max_examples=300)
@given(starts_s, strokes, st.booleans(), windows_s, weights_pg,
       st.fractions(Fraction(1, 30), 30))
def test_rescaling_makes_no_window_lighter_and_hardly_heavier(
    start_s, history, cut, window_s, old_pg, ratio
):
    new_pg = max(1, int(old_pg * ratio))
    ledger, _made, now_s = played(start_s, history)
    if cut:
        ledger.restamp(now_s, window_s)
        ledger.add(True)
    spans_s = [1, 900, 3_600, 20_000, window_s, 86_400]
    before = [(ledger.in_window(now_s, span_s), weights(ledger, now_s, span_s))
              for span_s in spans_s]
    ledger.rescale(old_pg, new_pg)
    for span_s, (counted, weighed) in zip(spans_s, before, strict=True):
        true = Fraction(counted * old_pg, new_pg)
        assert true <= ledger.in_window(now_s, span_s) < true + 2  # basal and bolus rounded up
        true = Fraction(weighed * old_pg, new_pg)
        assert true <= weights(ledger, now_s, span_s) < true + 6  # and lump, skip, and one more


@pytest.mark.parametrize(("made", "fits"), [(32_766, True), (32_767, True), (32_768, False)])
def test_a_quarter_hour_that_cannot_hold_the_result_changes_nothing(made, fits):
    ledger = Ledger()
    ledger.weigh_as(2_000)
    ledger.basal[3] = 7
    ledger.bolus[5] = made
    ledger.lump, ledger.lump_skip = 9, 4
    before = bytes(ledger.basal), bytes(ledger.bolus), ledger.lump, ledger.lump_skip
    assert ledger.can_weigh_as(1_000) is fits
    assert ledger.weigh_as(1_000) is fits
    after = bytes(ledger.basal), bytes(ledger.bolus), ledger.lump, ledger.lump_skip
    assert (before == after) is not fits
    assert ledger.pg_per_stroke == (1_000 if fits else 2_000)
    assert ledger.weigh_as(2_000)


def test_past_strokes_keep_their_dose_when_strokes_come_to_weigh_something_else():
    ledger = Ledger()
    assert ledger.weigh_as(1_000)  # the first programme: nothing was counted yet
    for _ in range(3):
        ledger.add(False)
    assert ledger.weigh_as(1_000) and ledger.in_window(0, 3_600) == 3
    assert ledger.weigh_as(400) and ledger.in_window(0, 3_600) == 8
    assert ledger.pg_per_stroke == 400
    ledger.bolus[0] = BUCKET_MAX
    assert not ledger.weigh_as(399)
    assert ledger.pg_per_stroke == 400 and ledger.in_window(0, 3_600) == 8 + BUCKET_MAX


def test_a_concentration_one_percent_lower_adds_one_percent_and_one_stroke():
    ledger = Ledger()
    for quarter in range(BUCKETS):
        ledger.advance(quarter * QUARTER_S)
        ledger.add(False)
    now_s = (BUCKETS - 1) * QUARTER_S
    ledger.rescale(10_100, 10_000)
    assert ledger.in_window(now_s, 86_400) <= 97 * 1.01 + 1
