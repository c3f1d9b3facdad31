"""Examples computed by hand for each oracle, and second, even plainer versions to hold against."""

import random
from fractions import Fraction

import pytest

from .flow_oracle import flow
from .integrator import largest_window_load, largest_window_load_two_pointer
from .lockout_oracle import decide
from .rule_oracle import may_not_refuse, most_basal, must_refuse, quarter_end, worst_load
from .window_oracle import ceiling, truth

# --- R1 flow. A stroke of 1 nL at 3600 nL/h is one stroke per second. ---


def test_flow_every_stroke_taken_at_once():
    got = flow(1000, [(0, 3600)], [1000, 2000, 3000], 3500)
    assert got.due_ms == [1000, 2000, 3000]
    assert got.lost == 0 and got.taken == 3 and got.idle_takes == 0
    assert got.credit == got.part == Fraction(1, 2) and not got.pending
    assert got.ordered_nl == Fraction(7, 2)


def test_flow_instants_are_rounded_up():
    # 3 strokes in 10 s: full at 3333 1/3, 6666 2/3 and exactly 10000 ms.
    got = flow(1000, [(0, 1080)], [4000, 7000], 10000)
    assert got.due_ms == [3334, 6667, 10000]
    assert got.pending and got.part == 0 and got.credit == 1
    assert got.ordered_nl == 3


def test_flow_due_exactly_at_the_end_and_not_a_millisecond_before():
    assert flow(1000, [(0, 3600)], [], 999).due_ms == []
    assert flow(1000, [(0, 3600)], [], 999).credit == Fraction(999, 1000)
    assert flow(1000, [(0, 3600)], [], 1000).due_ms == [1000]


def test_flow_held_back_loses_but_keeps_filling():
    # Due at 1000, held until 3500. Full again at 2000 and 3000: both lost. Half a stroke is there
    # at the take, so the next is due at 4000, not at 4500 and not at once.
    got = flow(1000, [(0, 3600)], [3500], 4250)
    assert got.due_ms == [1000, 4000]
    assert got.lost == 2 and got.taken == 1
    assert got.pending and got.part == Fraction(1, 4) and got.credit == Fraction(5, 4)
    assert got.ordered_nl == Fraction(17, 4)


def test_flow_full_and_taken_in_the_same_millisecond():
    # Full at 2000 while the first is taken only at 2000: filling comes first, so it is lost.
    got = flow(1000, [(0, 3600)], [2000], 2000)
    assert got.due_ms == [1000] and got.lost == 1 and got.credit == 0
    # A millisecond earlier nothing is lost.
    got = flow(1000, [(0, 3600)], [1999], 2000)
    assert got.due_ms == [1000, 2000] and got.lost == 0 and got.credit == 1


def test_flow_rate_changes():
    # 0.5 nL by 500 ms, nothing until 2000, then 0.25 nL/s: the other half takes 2 s.
    got = flow(1000, [(0, 3600), (500, 0), (2000, 900)], [], 4400)
    assert got.due_ms == [4000]
    assert got.part == Fraction(1, 10) and got.ordered_nl == Fraction(11, 10)


def test_flow_starts_with_the_first_change_and_last_of_equal_changes_counts():
    assert flow(1000, [(700, 7200), (700, 3600)], [], 1700).due_ms == [1700]
    got = flow(1000, [], [5], 100)
    assert got.due_ms == [] and got.credit == 0 and got.ordered_nl == 0 and got.idle_takes == 1


def test_flow_odd_stroke():
    # 7 pL per stroke at 1 nL/h = 1/3600 pL per ms: 25200 ms per stroke; 3 nL/h: 8400 ms.
    got = flow(7, [(0, 1), (12600, 3)], [], 16801)
    assert got.due_ms == [16800]
    assert got.part == Fraction(1, 8400)


def test_flow_several_strokes_within_a_millisecond():
    # 2.5 strokes per ms: at 1 ms two are full, one is pending and one lost.
    got = flow(1, [(0, 9000)], [1], 1)
    assert got.due_ms == [1] and got.lost == 1 and got.credit == Fraction(1, 2)


@pytest.mark.parametrize(
    "args",
    [
        (0, [], [], 1),
        (1, [(5, 1), (4, 1)], [], 9),
        (1, [], [3, 2], 9),
        (1, [], [10], 9),
        (1, [(0, -1)], [], 9),
        (1, [(0, 0.5)], [], 9),
    ],
)
def test_flow_refuses_nonsense(args):
    with pytest.raises(ValueError):
        flow(*args)


def test_flow_against_one_millisecond_at_a_time():
    rng = random.Random(1)
    for _ in range(300):
        end = rng.randint(1, 400)
        stroke = rng.randint(1, 30)
        times = sorted(rng.randint(0, end) for _ in range(rng.randint(0, 5)))
        changes = [(t, rng.choice([0, rng.randint(1, 20000)])) for t in times]
        takes = sorted(rng.randint(0, end) for _ in range(rng.randint(0, 40)))
        unit = 3600 * stroke  # 1 nL/h for 1 ms is 1/3600 pL
        rate, part, total, due, lost, pending = 0, 0, 0, [], 0, False
        for ms in range(end + 1):
            part, total = part + rate, total + rate
            while part >= unit:
                part -= unit
                if pending:
                    lost += 1
                else:
                    pending = True
                    due.append(ms)
            if ms in takes:
                pending = False
            for t, new_rate in changes:
                if t == ms:
                    rate = new_rate
        got = flow(stroke, changes, takes, end)
        assert (got.due_ms, got.lost, got.pending) == (due, lost, pending)
        assert got.part == Fraction(part, unit)
        assert got.ordered_nl == Fraction(total, 3_600_000)
        assert got.credit == got.part + got.pending
        assert got.ordered_nl * 1000 == stroke * (got.taken + got.lost + got.credit)


# --- R2 window ---


def test_window_edges():
    assert truth([1000], 1000, 3600) == 1  # right now
    assert truth([1001], 1000, 3600) == 0  # later
    assert truth([1000], 4599, 3600) == 1  # 3599 s ago
    assert truth([1000], 4600, 3600) == 0  # exactly W ago
    assert ceiling([1000], 4600, 3600) == 1
    assert ceiling([1000], 5499, 3600) == 1
    assert ceiling([1000], 5500, 3600) == 0  # exactly W + 900 ago
    assert ceiling([1001], 1000, 3600) == 0


def test_window_counts_all():
    strokes = [0, 0, 450, 900, 901, 1800, 5000]
    # t = 1800: truth in (900, 1800]: 901, 1800; ceiling in (0, 1800]: and 450, 900.
    assert truth(strokes, 1800, 900) == 2
    assert ceiling(strokes, 1800, 900) == 4
    assert truth(strokes, 0, 900) == 2
    assert truth([], 0, 900) == ceiling([], 0, 900) == 0


def test_window_quarter_hour_device_lies_between():
    rng = random.Random(2)
    for _ in range(500):
        W = rng.choice([900, 3600, rng.randint(1, 5000)])
        t = rng.randint(0, 10000)
        strokes = [rng.randint(0, 10000) for _ in range(20)]
        device = sum(1 for s in strokes if s <= t and (s // 900) * 900 + 900 > t - W)
        assert truth(strokes, t, W) <= device <= ceiling(strokes, t, W)


# --- R3 rule ---


def test_most_basal():
    assert most_basal(0, 1000) == 0
    assert most_basal(1, 1000) == 1
    assert most_basal(999, 1000) == 1
    assert most_basal(1000, 1000) == 2
    assert most_basal(1, None) == 0


def test_rule_without_basal():
    # No basal: the worst instant is a itself. (0, 3600] holds 2 of the strokes.
    strokes = [0, 1, 3600, 3601]
    assert worst_load(strokes, 3600, 3600, 5, 0, None) == 7
    assert worst_load(strokes, 3600, 3600, 5, 3, None) == 10
    assert worst_load([], 3600, 3600, 5, 0, None) == 5


def test_rule_basal_alone():
    # One stroke every 600 s for 3600 s: 3600 / 600 + 1 = 7.
    assert worst_load([], 0, 3600, 2, 0, 600_000) == 9
    # A basal slower than the window still gives one.
    assert worst_load([], 0, 3600, 2, 0, 3_600_001) == 3
    # Exactly as slow as the window: 2.
    assert worst_load([], 0, 3600, 2, 0, 3_600_000) == 4


def test_rule_worst_just_before_strokes_leave():
    # 10 strokes at 7000, a = 7200, W = 3600: they leave at 10600, 3400 s after a. Just before,
    # basal may have given floor(3399.999 / 1000) + 1 = 4. At the end: 3600 / 1000 -> 3 + 1 = 4.
    assert worst_load([7000] * 10, 7200, 3600, 1, 0, 1_000_000) == 10 + 1 + 4
    # Leaving at the very instant of the fourth rise, a + 3000 s: just before, only 3.
    assert worst_load([6600] * 10, 7200, 3600, 1, 0, 1_000_000) == 10 + 1 + 3
    # One millisecond less in the interval and the rise comes before: 4.
    assert worst_load([6600] * 10, 7200, 3600, 1, 0, 999_999) == 10 + 1 + 4


def test_rule_stroke_right_now():
    # A stroke at a counts until just before a + W: floor(3599.999 / 3600) + 1 = 1 basal stroke.
    # At a + W it has left, and basal has 2. Both ways 2 besides B.
    assert worst_load([7200], 7200, 3600, 1, 0, 3_600_000) == 3
    assert worst_load([7200, 7200], 7200, 3600, 1, 0, 3_600_000) == 4


def test_must_refuse_edge():
    assert not must_refuse([], 0, 3600, 2, 0, 600_000, 9)
    assert must_refuse([], 0, 3600, 2, 0, 600_000, 8)


def test_quarter_end():
    assert [quarter_end(s) for s in (0, 899, 900, 901)] == [900, 900, 1800, 1800]


def test_may_not_refuse():
    # Stroke at 900, a = 7200, W = 3600: truly long gone. Moved to 1800, W 4500: leaves at 6300.
    assert may_not_refuse([900], 7200, 3600, 5, 0, None, 7)
    assert not may_not_refuse([900], 7200, 3600, 5, 0, None, 6)
    # Stroke at 1800 moved to 2700 leaves at exactly 7200 = a: gone. At 2700: still counted.
    assert may_not_refuse([1799, 1800, 2699], 7200, 3600, 5, 0, None, 7)
    assert not may_not_refuse([2700], 7200, 3600, 5, 0, None, 7)
    assert may_not_refuse([2700], 7200, 3600, 5, 0, None, 8)


def test_may_not_refuse_counts_the_running_quarter_hour():
    # Stroke at 7201, a = 7300: moved to 8100, after a, but it counts. A stroke after a does not.
    assert not may_not_refuse([7201], 7300, 3600, 5, 0, None, 7)
    assert may_not_refuse([7201], 7300, 3600, 5, 0, None, 8)
    assert may_not_refuse([7301], 7300, 3600, 5, 0, None, 7)
    # A stroke exactly at a is past.
    assert not may_not_refuse([7300], 7300, 3600, 5, 0, None, 7)


def test_rule_refuses_nonsense():
    for args in (([], 0, 0, 1, 0, None), ([], 0, 9, 1, 0, 0), ([0.5], 1, 9, 1, 0, None)):
        with pytest.raises(ValueError):
            worst_load(*args)


def test_may_not_refuse_lengthens_the_basal_too():
    # 4500 / 900 + 1 = 6 basal strokes, and 2 of the bolus.
    assert may_not_refuse([], 0, 3600, 2, 0, 900_000, 10)
    assert not may_not_refuse([], 0, 3600, 2, 0, 900_000, 9)


def test_rule_against_every_half_millisecond():
    rng = random.Random(3)
    for _ in range(150):
        W, a = rng.randint(1, 3), rng.randint(0, 6)
        strokes = [rng.randint(0, 8) for _ in range(rng.randint(0, 8))]
        B, running = rng.randint(0, 4), rng.randint(0, 3)
        I_ms = rng.choice([None, 1, 500, 1000, 1001, rng.randint(1, 4000)])
        worst = 0
        for half in range(2 * 1000 * W + 1):
            d = Fraction(half, 2)  # milliseconds after a
            tallied = sum(1 for s in strokes if s <= a and 1000 * s > 1000 * (a - W) + d)
            basal = 0 if I_ms is None or half == 0 else half // (2 * I_ms) + 1
            worst = max(worst, tallied + B + running + basal)
        assert worst_load(strokes, a, W, B, running, I_ms) == worst


def test_rule_the_two_verdicts_never_meet():
    rng = random.Random(4)
    seen = set()
    for _ in range(500):
        a, W = rng.randint(0, 20000), rng.choice([3600, 14400])
        strokes = [rng.randint(0, 20000) for _ in range(20)]
        I_ms = rng.choice([None, rng.randint(100_000, 5_000_000)])
        args = (strokes, a, W, rng.randint(1, 9), rng.randint(0, 3), I_ms, rng.randint(5, 60))
        seen.add((must_refuse(*args), may_not_refuse(*args)))
    assert seen == {(True, False), (False, True), (False, False)}


# --- R4 lockout. D = 100, L = 600, N = 3 unless said otherwise. ---


def presses(*times):
    return [("press", t) for t in times]


def test_lockout_none_at_first():
    assert decide(presses(0), 100, 600, 3) == ["granted"]
    assert decide([], 100, 600, 3) == []


def test_lockout_edges_of_bolus_and_lockout():
    got = decide(presses(0, 0, 99, 100, 699, 700), 100, 600, 3)
    assert got == ["granted", "bolus_active", "bolus_active", "lockout", "lockout", "granted"]


def test_lockout_without_lockout_time():
    assert decide(presses(0, 99, 100), 100, 0, 3) == ["granted", "bolus_active", "granted"]


@pytest.mark.parametrize("kind", ["programme", "refill", "power_cut"])
def test_lockout_restarts(kind):
    events = [(kind, 50), *presses(50, 649, 650)]
    assert decide(events, 100, 600, 3) == ["lockout", "lockout", "granted"]
    events = [*presses(0), (kind, 400), *presses(700, 999, 1000)]
    assert decide(events, 100, 600, 3) == ["granted", "lockout", "lockout", "granted"]


@pytest.mark.parametrize("kind", ["programme", "refill"])
def test_lockout_programming_during_a_bolus(kind):
    # The bolus runs on to 100; the lockout then counts from 100, not from 40.
    events = [*presses(0), (kind, 40), *presses(99, 640, 699, 700)]
    want = ["granted", "bolus_active", "lockout", "lockout", "granted"]
    assert decide(events, 100, 600, 3) == want


def test_lockout_power_cut_ends_the_bolus():
    # Cut at 40: over at 40, lockout until 640.
    events = [*presses(0), ("power_cut", 40), *presses(40, 99, 639, 640)]
    want = ["granted", "lockout", "lockout", "lockout", "granted"]
    assert decide(events, 100, 600, 3) == want


def test_lockout_refused_press_changes_nothing():
    assert decide(presses(0, 650, 700), 100, 600, 3) == ["granted", "lockout", "granted"]


def test_count_rolling_day():
    got = decide(presses(0, 1000, 2000, 3000, 86399, 86400, 87399, 87400), 100, 600, 3)
    want = ["granted"] * 3 + ["count", "count", "granted", "count", "granted"]
    assert got == want


def test_count_precedence():
    # N = 1: at 50 the bolus, at 150 the lockout, only then the count.
    got = decide(presses(0, 50, 150, 700), 100, 600, 1)
    assert got == ["granted", "bolus_active", "lockout", "count"]
    assert decide(presses(0), 100, 600, 0) == ["count"]
    # A grant at this very instant counts (only visible with no bolus time and no lockout).
    assert decide(presses(0, 0), 0, 0, 1) == ["granted", "count"]


def test_count_restamped_by_power_cut():
    # Granted at 0, re-stamped 5000: counts until just before 91400.
    events = [*presses(0), ("power_cut", 5000), *presses(86400, 91399, 91400)]
    assert decide(events, 100, 600, 1) == ["granted", "count", "count", "granted"]
    # Re-stamped twice.
    events = [*presses(0), ("power_cut", 5000), ("power_cut", 6000), *presses(92399, 92400)]
    assert decide(events, 100, 600, 1) == ["granted", "count", "granted"]


def test_count_power_cut_does_not_revive_an_old_grant():
    # At 86400 the grant of time 0 no longer counts and is not re-stamped; at 86399 it is.
    events = [*presses(0), ("power_cut", 86400), *presses(87000)]
    assert decide(events, 100, 600, 1) == ["granted", "granted"]
    events = [*presses(0), ("power_cut", 86399), *presses(87000)]
    assert decide(events, 100, 600, 1) == ["granted", "count"]


def test_lockout_refuses_nonsense():
    with pytest.raises(ValueError):
        decide(presses(5, 4), 100, 600, 3)
    with pytest.raises(ValueError):
        decide([("sneeze", 5)], 100, 600, 3)


# --- R5 global safety ---

BOTH = pytest.mark.parametrize(
    "largest", [largest_window_load, largest_window_load_two_pointer]
)


@BOTH
def test_integrator_by_hand(largest):
    assert largest([], 10) == 0
    assert largest([(5, 7)], 10) == 7
    assert largest([(0, 1), (10, 2)], 10) == 2  # exactly W apart: never together
    assert largest([(0, 1), (9, 2)], 10) == 3
    assert largest([(0, 1), (0, 2), (0, 4)], 1) == 7
    # Windows ending at 0, 4, 9, 13, 14: 5, 8, 10, 2 + 3 + 4 = 9 (4 is 9 s ago), 2 + 4 + 1 = 7.
    assert largest([(0, 5), (4, 3), (9, 2), (13, 4), (14, 1)], 10) == 10


@BOTH
def test_integrator_refuses_nonsense(largest):
    for bad in ([(1, 1), (0, 1)], [(0, -1)], [(0, 0.5)]):
        with pytest.raises(ValueError):
            largest(bad, 10)
    with pytest.raises(ValueError):
        largest([], 0)


def test_integrator_two_versions_and_every_instant_agree():
    rng = random.Random(5)
    for _ in range(500):
        n, W = rng.randint(0, 30), rng.randint(1, 40)
        data = sorted((rng.randint(0, 100), rng.randint(0, 9)) for _ in range(n))
        everywhere = max(
            sum(amount for time, amount in data if 2 * (time + W) > half >= 2 * time)
            for half in range(0, 2 * 150)
        )
        assert largest_window_load(data, W) == everywhere
        assert largest_window_load_two_pointer(data, W) == everywhere
