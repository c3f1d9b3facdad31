"""The other reasons of a request, patient and clinician, one by one."""
from .dosing_cases import H, S, give, has, make, ready, started

# -- the other reasons

def test_not_running():
    o = ready()
    assert has(o.request(0, 0, "not_running", 10**6), "starvation")
    o.stop(10)
    assert o.request(20, 0, "not_running", 10**6) == []
    assert has(o.request(20, 0, "granted", 10**6), "overdose")
    o.start(30)
    o.minimum_rate(40)
    assert o.request(50, 0, "not_running", 10**6) == []
    assert has(o.request(50, 0, "count", 10**6), "starvation")


def test_alarm():
    o = ready()
    o.alarm(0, "low", True, changes_rate=False)
    assert has(o.request(5, 0, "alarm", 10**6), "starvation")
    o.alarm(5, "eos", True)
    assert o.request(6, 0, "alarm", 10**6) == []
    assert has(o.request(6, 0, "granted", 10**6), "overdose")
    assert has(o.request(6, 0, "reservoir", 1), "order")


def test_unavailable_and_profile():
    o = ready(profiles=())
    assert o.request(0, None, "unavailable", 10**6) == []
    assert has(o.request(0, None, "granted", 10**6), "unavailable")
    o = ready(profiles=((0, 40, 600, 600, 4), (48, 30, 600, 600, 4)))
    assert has(o.request(0, 1, "granted", 10**6, local_s=3600), "profile")
    assert ready().request(0, 0, "granted", 10**6, local_s=None) == []


def test_bolus_active_lockout_count():
    o = ready(profiles=((0, 40, 600, 1200, 2),))
    assert o.request(0, 0, "granted", 10**6) == []
    assert o.request(S, 0, "bolus_active", 10**6) == []
    assert has(o.request(S, 0, "lockout", 10**6), "starvation")
    give(o, 0, 40)
    o.bolus_end(600 * S, "patient")
    end = 1800 * S                                       # the lockout, from the end
    assert o.request(end - 1, 0, "lockout", 10**6) == []
    assert has(o.request(end, 0, "lockout", 10**6), "starvation")
    o2 = ready()
    o2.request(0, 0, "granted", 10**6)
    o2.bolus_end(600 * S, "patient")
    assert has(o2.request(end - 1, 0, "granted", 10**6), "lockout")
    assert o.request(end, 0, "granted", 10**6) == []
    o.bolus_end(end + 600 * S, "patient")
    assert has(o.request(10 * H, 0, "granted", 10**6), "count")
    o.bolus_end(10 * H + 600 * S, "patient")
    assert o.request(20 * H, 0, "count", 10**6) == []
    assert has(o.request(40 * H, 0, "count", 10**6), "starvation")


def test_lockout_after_commit_refill_and_loss_of_power():
    two = ((0, 40, 600, 1200, 9), (48, 40, 600, 7200, 9))
    for event in (lambda o: o.reprogram(o.programme, 0), lambda o: o.refill(0),
                  lambda o: o.power_cut(0)):
        o = ready(profiles=two)
        event(o)
        assert has(o.request(2 * H - 1, 0, "granted", 10**6), "lockout")
        o = ready(profiles=two)
        event(o)
        assert has(o.request(2 * H, 0, "lockout", 10**6), "starvation")
    o = ready(profiles=two)
    o.watchdog_reset(0)
    assert o.request(1, 0, "granted", 10**6) == []


def test_a_lockout_is_never_shortened():
    o = ready(profiles=((0, 40, 600, 7200, 9),))
    o.request(0, 0, "granted", 10**6)
    o.bolus_end(600 * S, "patient")
    o.reprogram(make(limits={86_400: 10**5}, profiles=((0, 40, 600, 60, 9),)), 700 * S)
    o.watchdog_reset(701 * S)
    assert has(o.request(7800 * S - 1, 0, "granted", 10**6), "lockout")


def test_reservoir():
    o = ready()
    assert has(o.request(0, 0, "granted", 9_999), "reservoir")       # 40 are 10,000 nL
    assert ready().request(0, 0, "granted", 10_000) == []
    assert ready().request(0, 0, "reservoir", 10_100) == []
    assert has(ready().request(0, 0, "reservoir", 11_000), "starvation")


# -- clinician bolus

def test_clinician_fields():
    o = ready(profiles=((0, 40, 600, 1200, 9),))
    assert has(o.clinician_request(0, 100, 1199, "granted", 10**6), "field")
    assert ready().clinician_request(0, 100, 21_601, "field", 10**6) == []
    assert has(ready().clinician_request(0, 100, 1200, "field", 10**6), "starvation")
    assert ready().clinician_request(0, 19, 1200, "too_small", 10**6) == []
    assert ready(profiles=()).clinician_request(0, 1000, 60, "field", 10**9) == []
    # 60 in 60 s are 900,000 nL/h; with 10,000 of basal less than 1,000,000
    assert has(ready(profiles=()).clinician_request(0, 60, 60, "field", 10**9), "starvation")
    assert has(ready().clinician_request(0, 20, 1200, "too_small", 10**6), "starvation")


def test_clinician_is_paused_and_no_second():
    o = ready()
    assert o.clinician_request(0, 100, 3600, "granted", 10**6, counter=1) == []
    give(o, 0, 10, "clinician", 36 * S)
    assert o.clinician_request(400 * S, 100, 3600, "bolus_active", 10**6, counter=2) == []
    assert o.request(400 * S, 0, "granted", 10**6) == []             # no lockout, pre-empts
    assert has(o.stroke(450 * S, "clinician"), "paused")
    assert has(o.resume(460 * S), "resumed beside")
    assert has(o.clinician_request(470 * S, 100, 3600, "granted", 10**6, counter=3),
               "bolus_active")
    o = ready()
    o.clinician_request(0, 100, 3600, "granted", 10**6)
    o.request(10 * S, 0, "granted", 10**6)
    o.bolus_end(610 * S, "patient")
    assert o.bolus("clinician").state == "runs"
    o.bolus_end(4000 * S, "clinician")                                 # starts no lockout
    assert o.lock_exact == 1810 * S
    assert len(o.grants) == 1


def test_rest_of_a_clinician_bolus_is_reserved():
    o = started({14_400: 160 + 40 + 60})
    assert o.clinician_request(0, 61, 3600, "granted", 10**6) == []
    assert has(o.request(1, 0, "granted", 10**6), "dose_limit")
    o = started({14_400: 160 + 40 + 60})
    o.clinician_request(0, 60, 3600, "granted", 10**6)
    assert o.request(1, 0, "granted", 10**6) == []


def test_counter():
    o = ready()
    assert o.clinician_request(0, 50, 1200, "granted", 10**6, counter=5) == []
    o.bolus_end(1200 * S, "clinician")
    o.power_cut(1300 * S)
    for c in (4, 5):
        assert o.clinician_request(2000 * S, 50, 1200, "already", 10**6, counter=c) == []
        assert has(o.clinician_request(2000 * S, 50, 1200, "granted", 10**6, counter=c),
                   "repeated")
    assert has(o.clinician_request(2000 * S, 50, 1200, "already", 10**6, counter=6),
               "starvation")
