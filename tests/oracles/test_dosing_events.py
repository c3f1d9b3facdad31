"""Periodic and priming boluses, loss of power, stops, strokes."""
from fractions import Fraction

from .dosing_cases import MIN, PL, H, S, basal, give, has, make, ready, started
from .dosing_oracle import DosingOracle

# -- periodic bolus

def test_bolus_end_unknown():
    assert ready().bolus_end(0, "patient") and ready().pause(0) and ready().resume(0)


def test_periodic():
    o = ready(periodic=(20, 600, 3600))
    assert has(o.bolus_begin(H - 1, "periodic"), "overdose")
    o = ready(periodic=(20, 600, 3600))
    assert o.periodic_due(H + S) == [] and has(o.periodic_due(H + S + 1), "overdue")
    assert o.bolus_begin(H, "periodic") == []
    give(o, H, 20, "periodic", 30 * S)
    assert has(o.stroke(H + 600 * S, "periodic"), "over its dose")
    o.bolus_end(H + 600 * S, "periodic")
    o.stop(H + 700 * S)
    o.start(H + 800 * S)
    assert has(o.bolus_begin(2 * H, "periodic"), "overdose")
    assert ready().bolus_begin(0, "periodic")


# -- priming

def test_priming():
    o = DosingOracle(make(limits={3600: 200, 14_400: 300}, catheter_nl=25_000))
    assert has(o.prime_request(0, 101, "granted", 10**7), "catheter")
    o = DosingOracle(make(limits={3600: 200, 14_400: 300}, catheter_nl=25_000))
    assert o.prime_request(0, 60, "granted", 10**7, counter=1) == []
    give(o, 0, 60, "prime", 15 * S)
    o.bolus_end(900 * S, "prime")
    assert has(o.prime_request(901 * S, 39, "refused", 10**7), "starvation")
    assert o.prime_request(901 * S, 40, "refused", 10**7) == []
    assert has(o.prime_request(901 * S, 41, "granted", 10**7, counter=2), "catheter")
    o.bolus_end(902 * S, "prime")
    o.refill(903 * S)
    assert has(o.prime_request(904 * S, 90, "refused", 10**7), "starvation")
    o.start(905 * S)
    assert has(o.prime_request(906 * S, 20, "granted", 10**7), "therapy runs")


def test_prime_counts_for_boluses_not_for_basal():
    o = DosingOracle(make(limits={3600: 95, 14_400: 240}, catheter_nl=25_000))
    o.prime_request(0, 60, "granted", 10**7)
    give(o, 0, 60, "prime", 15 * S)
    o.bolus_end(900 * S, "prime")
    o.start(900 * S)
    basal(o, 1000 * S, 1000 * S + 45 * MIN, 90 * S)      # 60 + 31 in the hour
    at = 1000 * S + 46 * MIN
    exact, careful = o.excess(at, 40)
    assert [w for w, _, _ in exact] == [14_400]          # 160 + 40 + 60 > 240
    assert [w for w, _, _ in careful] == [3600, 14_400]


def test_prime_ended_by_alarm_and_stop():
    for event in (lambda o: o.alarm(30 * S, "stall", True), lambda o: o.stop(30 * S),
                  lambda o: o.power_cut(30 * S), lambda o: o.watchdog_reset(30 * S)):
        o = DosingOracle(make(catheter_nl=25_000))
        o.prime_request(0, 60, "granted", 10**7)
        give(o, 0, 2, "prime")
        event(o)
        o.stroke(45 * S, "prime")                        # one may be under way
        assert has(o.stroke(60 * S, "prime"), "prime")


# -- loss of power, reset, stop

def test_loss_of_power_makes_boluses_young_not_basal():
    o = started({3600: 130})
    o.request(0, 0, "granted", 10**7)
    give(o, 0, 40)
    o.bolus_end(600 * S, "patient")
    basal(o, 650 * S, 49 * MIN, 90 * S)
    o.power_cut(50 * MIN)
    at = 50 * MIN + 30 * MIN
    basal(o, 50 * MIN + 40 * S, at, 90 * S)
    # the bolus is 70 min old, but counts from 50 min: 40 + 40 + 40 of basal
    assert has(o.request(at, 0, "granted", 10**7), "overdose") is False
    o.programme.limits[3600] = 119
    assert has(o.request(at, 0, "granted", 10**7), "dose_limit")
    o = started({3600: 119})
    o.request(0, 0, "granted", 10**7)
    give(o, 0, 40)
    o.bolus_end(600 * S, "patient")
    o.watchdog_reset(50 * MIN)
    basal(o, 50 * MIN + 40 * S, at, 90 * S)
    assert o.request(at, 0, "granted", 10**7) == []


def test_loss_of_power_makes_grants_young():
    o = ready(profiles=((0, 40, 600, 1200, 1),))
    o.request(0, 0, "granted", 10**7)
    o.bolus_end(600 * S, "patient")
    o.power_cut(20 * H)
    assert has(o.request(43 * H, 0, "granted", 10**7), "count")
    o = ready(profiles=((0, 40, 600, 1200, 1),))
    o.request(0, 0, "granted", 10**7)
    o.bolus_end(600 * S, "patient")
    o.watchdog_reset(20 * H)
    assert o.request(25 * H, 0, "granted", 10**7) == []


def test_48_hours():
    o = ready()
    o.stroke(0)
    o.stop(1)
    assert o.start(48 * H) == []
    o.stop(48 * H)
    assert has(o.start(48 * H + 1), "48 h")
    assert o.start(48 * H + 1, acknowledged=True) == []
    o = ready()
    o.stroke(0)
    o.power_cut(H, wall_off_ms=47 * H + 1)
    assert has(o.stroke(H + S), "therapy is off")


# -- strokes

def test_stroke_gate():
    o = ready(profiles=())                               # one each 90 s, gate 72 s
    assert o.stroke(0) == []
    assert has(o.stroke(71_999), "4/5")
    o = ready(profiles=())
    o.stroke(0)
    assert o.stroke(72_000) == []
    o = ready()                                          # + 60,000: 70,000 nL/h
    o.request(0, 0, "granted", 10**7)
    o.stroke(0, "bolus")
    gate = Fraction(4 * PL * 3600, 5 * 70_000)           # 10,285.7 ms
    assert has(o.stroke(10_285, "bolus"), "4/5") and gate > 10_285


def test_stroke_blocked():
    o = ready()
    o.alarm(0, "occlusion", True, blocks_flow=True)
    assert has(o.stroke(1), "occlusion")
    o.alarm(2, "occlusion", False)
    assert o.stroke(3 * MIN) == []
    o.stop(4 * MIN)
    assert has(o.stroke(6 * MIN), "therapy is off")
    assert has(DosingOracle(make(rate=0, profiles=()), running=True).stroke(0), "zero")


def test_stroke_window():
    o = started({3600: 40})
    basal(o, 1, 40 * 90 * S - 90 * S + 1, 90 * S)        # 40 strokes
    assert has(o.stroke(H - 10 * S), "the limit is 40")
    o = started({3600: 40})
    basal(o, 1, 2 * H, 90 * S)                           # the first leaves in time
    assert has(o.stroke(2 * H + 80 * S, weight=Fraction(3, 2)), "81/2 in 3600 s")


def test_stroke_spent():
    o = ready()
    o.request(0, 0, "granted", 10**7)
    give(o, 0, 40)
    assert has(o.stroke(600 * S, "bolus"), "over its dose")
    o = ready(rate=0)
    o.request(0, 0, "granted", 10**7)
    for i in range(41):
        assert o.stroke(i * 15 * S) == []
    assert has(o.stroke(41 * 15 * S), "spent")
