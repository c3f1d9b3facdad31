"""The dose limit: hand-worked cases, and a pump that follows the text."""
import random

import pytest

from .dosing_cases import DAILY, MIN, H, S, basal, has, make, started, type_stroke
from .dosing_limits import careful_worst, exact_worst
from .dosing_oracle import DosingOracle, most_exact, programme_acceptable
from .dosing_programme import most_up


def test_window_counts_what_is_to_come():
    # basal 160 in 4 h, boluses of 60, limit 160 + 2.5 x 60; therapy starts at 60 min
    o = started({14_400: 310}, at_ms=60 * MIN, profiles=((0, 60, 600, 1200, 24),))
    assert programme_acceptable(o.programme)[0] == "must accept"
    for t in range(60 * MIN + 90 * S, 180 * MIN + 1, 90 * S):
        for at in (100 * MIN, 140 * MIN):
            if t - 90 * S < at <= t:
                assert has(o.request(at, 0, "dose_limit", 10**7), "starvation")
                assert o.request(at, 0, "granted", 10**7) == []
                o.strokes += [type_stroke(at + i * 10 * S, "patient") for i in range(60)]
                o.bolus("patient").delivered = 60
                o.bolus_end(at + 10 * MIN, "patient")
        assert o.stroke(t) == []
    at = 180 * MIN
    held = sum(s.weight for s in o.strokes)
    assert held == 80 + 120 and held + 60 <= 310         # the window is far from full
    exact, careful = o.excess(at, 60)
    # from 300 min on, until the first bolus leaves: 4 h of basal and 3 x 60
    assert exact[0][1] == pytest.approx(340, abs=1.1)
    assert 300 * MIN < exact[0][2] < 350 * MIN and careful
    assert o.request(at, 0, "dose_limit", 10**7) == []
    assert has(o.request(at, 0, "granted", 10**7), "overdose")


def test_programme_lowered_keeps_what_it_gave():
    # 160/h for an hour, then 40/h: the hour still holds the old programme's
    o = started({3600: 280}, rate=40_000)
    basal(o, 0, H, 22_500)
    o.reprogram(make(10_000, {3600: 280}), H)
    at = H + 20 * MIN
    basal(o, H + 90 * S, at, 90 * S)
    assert 40 + 1 + 200 <= 280                 # by the present basal alone 200 would fit
    assert has(o.clinician_request(at, 200, 1800, "granted", 10**7), "dose_limit")
    o = started({3600: 280}, rate=10_000)
    basal(o, 0, H + 20 * MIN, 90 * S)
    assert o.clinician_request(at, 200, 1800, "granted", 10**7) == []


def test_reserve_is_any_phase_of_the_week():
    steps = ((DAILY, 0, 4000), (DAILY, 40, 40_000), (DAILY, 44, 4000))
    p = make(steps=steps, limits={3600: 200})
    o = DosingOracle(p, running=True)
    assert o.request(0, 0, "granted", 10**7) == []           # 160 + 40: just fits
    o = DosingOracle(make(steps=steps, limits={3600: 199}), running=True)
    assert has(o.request(0, 0, "granted", 10**7), "overdose")


def test_rounding_zone_tolerates_both():
    # 40/h, 1 h: 40 + 40 exactly 80; with 15 min and a stroke more 91
    for limit, granted_ok, refused_ok in ((79, 0, 1), (80, 1, 1), (90, 1, 1), (91, 1, 0)):
        o = started({3600: limit})
        assert (o.request(0, 0, "dose_limit", 10**7) == []) == bool(refused_ok)
        assert (o.request(0, 0, "granted", 10**7) == []) == bool(granted_ok)


def test_exact_worst_by_hand():
    p = make(rate=0, limits={3600: 100})
    o = DosingOracle(p)
    o.running, o.off_since = True, None
    o.peak = 10**6
    for t, kind in ((0, "basal"), (10 * MIN, "basal"), (20 * MIN, "basal")):
        o.stroke(t, kind)
        o.peak = 10**6
    assert exact_worst(o.strokes, p, H - 1, 3600)[0] == 3
    assert exact_worst(o.strokes, p, H, 3600)[0] == 2            # the first has left
    assert careful_worst(o.strokes, p, H, 3600)[0] == 3
    assert careful_worst(o.strokes, p, H + 15 * MIN, 3600)[0] == 2


def test_careful_is_never_less_than_exact():
    rnd = random.Random(4)
    for _ in range(60):
        p = make(rnd.choice((0, 2000, 12_345)), {3600: 1, 14_400: 1},
                 periodic=rnd.choice((None, (33, 700, 1000), (20, 100, 4000))))
        o = DosingOracle(p, running=True)
        for t in sorted(rnd.sample(range(5 * H), 40)):
            o.strokes.append(type_stroke(t, rnd.choice(("basal", "prime", "patient"))))
        now = 5 * H + rnd.randrange(H)
        for window in p.limits:
            a, t = exact_worst(o.strokes, p, now, window)
            assert a <= careful_worst(o.strokes, p, now, window)[0]
            # the same by trying many moments
            tries = [now + k * 37_777 for k in range(window * 1000 // 37_777)]
            for u in tries:
                held = sum(s.weight for s in o.strokes if u - window * 1000 < s.time
                           and (s.kind != "prime" or window == 14_400))
                assert held + most_exact(p, u - now) <= a


class TextPump:
    """Only the reasons lockout and dose_limit, by quarter hours as the text says;
    basal at one rate.  reserve: whether it looks at what is to come."""

    def __init__(self, programme, reserve=True):
        self.p, self.reserve = programme, reserve
        self.buckets, self.until = {}, 0

    def stroke(self, at):
        self.buckets[at // (15 * MIN)] = self.buckets.get(at // (15 * MIN), 0) + 1

    def verdict(self, at):
        if at < self.until:
            return "lockout"
        (window, limit), = self.p.limits.items()
        dose, q = self.p.profiles[0][1], 15 * MIN
        for k in range(1, window * 1000 // q + 1) if self.reserve else (0,):
            t = at + (k - 1) * q                       # spans up to k quarter hours
            held = sum(n for b, n in self.buckets.items() if (b + 1) * q > t - window * 1000)
            if held + dose + 1 + (most_up(self.p, k * q) if k else 0) > limit:
                return "dose_limit"
        return "granted"


@pytest.mark.parametrize("reserve", [True, False])
def test_a_pump_that_follows_the_text_is_never_blamed(reserve):
    rnd, found, verdicts = random.Random(7), [], set()
    for spare in (0, 15, 40, 90):
        p = make(limits={14_400: 170 + 1 + 40 + spare}, profiles=((0, 40, 600, 1200, 24),))
        pump, o = TextPump(p, reserve), DosingOracle(p, running=True)
        due, end, ask, bolus = 90 * S, None, H // 3, []
        for t in range(0, 14 * H, 5 * S):
            if t == end:
                found += o.bolus_end(t, "patient")
                end = None
            if t >= ask:
                v = pump.verdict(t) if end is None else "bolus_active"
                verdicts.add(v)
                found += o.request(t, 0, v, 10**7)
                ask = t + rnd.randrange(60) * MIN
                if v == "granted":
                    end, pump.until = t + 600 * S, t + 1800 * S
                    bolus = [t + i * 15 * S for i in range(40)]
            kinds = (["basal"] if t == due else []) + (["bolus"] if t in bolus else [])
            for i, kind in enumerate(kinds):
                found += [f for f in o.stroke(t + i, kind) if not has([f], "4/5")]
                pump.stroke(t)
            due = t + 90 * S if t == due else due
    assert {"granted", "dose_limit", "lockout", "bolus_active"} <= verdicts
    assert (found == []) if reserve else has(found, "overdose")
