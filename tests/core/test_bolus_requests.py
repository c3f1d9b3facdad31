"""Every way in which the guard refuses a bolus, and how one that it granted ends."""

import pytest

from pump.core.clock import PERIOD
from tests.core.parts import NO_BOLUS, RESERVOIR_NL, ready, set_limit
from thecal_wire import codes


def test_a_bolus_is_refused_while_off():
    pump = ready()
    pump.guard.run(False)
    assert pump.verdict() == codes.NOT_RUNNING


@pytest.mark.parametrize("which", ["blocked", "alarmed"])
def test_a_bolus_is_refused_while_an_alarm_lowers_or_stops_the_flow(which):
    pump = ready()
    setattr(pump.guard, which, True)
    assert pump.verdict() == codes.ALARM


def test_a_bolus_is_refused_where_none_is_prescribed():
    pump = ready(**NO_BOLUS)
    assert pump.verdict() == codes.UNAVAILABLE


def test_a_bolus_is_refused_while_one_runs_and_then_locked_out():
    pump = ready()
    assert pump.press() == codes.GRANTED
    pump.to(pump.bolus_end_ms - 1)
    assert pump.verdict() == codes.BOLUS_ACTIVE
    pump.wait(1)
    assert pump.verdict() == codes.LOCKOUT


@pytest.mark.parametrize("count", [1, 4, 24])
def test_a_bolus_is_refused_after_as_many_as_prescribed(count):
    pump = ready(bolus_lockout_s=60, bolus_count_per_24h=count)
    for _ in range(count):
        assert pump.press() == codes.GRANTED
        pump.to(pump.bolus_end_ms + 60_000)
    assert pump.verdict() == codes.COUNT


def test_a_bolus_is_refused_when_the_reservoir_does_not_hold_it():
    pump = ready()
    assert pump.verdict(reservoir_nl=1_009_999) == codes.RESERVOIR
    assert pump.verdict(reservoir_nl=1_010_000) == codes.GRANTED


def test_a_bolus_is_refused_when_the_window_has_no_room_for_it():
    """Its 40 strokes and one on the way, and basal of the window and 15 min."""
    for window_s in (3_600, 14_400, 86_400):
        room = 41 + (window_s + 900) // 90
        pump = ready(limit_strokes=room, window_s=window_s)
        assert pump.verdict() == codes.GRANTED
        set_limit(pump.limits, room - 1, window_s)
        assert pump.verdict() == codes.DOSE_LIMIT


def test_a_larger_profile_is_refused_where_a_smaller_one_fits():
    profiles = [(0, 100_000, 300, 14_400, 4), (32, 200_000, 600, 60, 1)]
    pump = ready(profiles=profiles, limit_strokes=41 + 87_300 // 90)
    assert pump.verdict(profile=1) == codes.DOSE_LIMIT
    assert pump.verdict(profile=0) == codes.GRANTED
    assert pump.verdict(profile=2) == codes.UNAVAILABLE
    set_limit(pump.limits, 3_000)
    assert pump.verdict(19_999, 1) == codes.RESERVOIR
    assert pump.press(1) == codes.GRANTED
    assert pump.bolus_end_ms == pump.now_ms + 600_000
    pump.to(pump.bolus_end_ms + 60_000)
    assert pump.verdict(profile=1) == codes.COUNT  # one was granted, of whatever profile
    assert pump.verdict(profile=0) == codes.GRANTED


def test_the_first_reason_is_the_one_that_is_told():
    """In the order of the requirement: running, alarm, active, lockout, count, reservoir, limit."""
    pump = ready(bolus_count_per_24h=1, limit_strokes=1_100)
    pump.press()
    set_limit(pump.limits, 1)
    told = [pump.verdict(0)]
    pump.to(pump.bolus_end_ms)
    told.append(pump.verdict(0))
    pump.wait(14_400_000)
    told.append(pump.verdict(0))
    pump.wait(86_400_000)
    told += [pump.verdict(0), pump.verdict(RESERVOIR_NL)]
    pump.guard.blocked = True
    told.append(pump.verdict())
    pump.guard.run(False)
    told.append(pump.verdict())
    names = "bolus_active lockout count reservoir dose_limit alarm not_running"
    assert [codes.ERRORS[code] for code in told] == names.split()


def test_a_bolus_ends_on_its_own_millisecond_and_says_so_once():
    pump = ready()
    pump.press()
    end_ms = pump.bolus_end_ms
    pump.to(end_ms - 1)
    assert pump.in_bolus() and not pump.guard.advance(pump.clock)
    pump.now_ms += 1
    pump.clock.advance((pump.clock.tick + 1) % PERIOD)
    assert pump.guard.advance(pump.clock) and not pump.in_bolus()
    assert not pump.guard.advance(pump.clock)


def test_strokes_count_as_bolus_strokes_only_while_the_bolus_runs():
    pump = ready()
    pump.stroke()
    pump.wait(100_000)
    pump.press()
    pump.stroke()
    pump.to(pump.bolus_end_ms + 100_000)
    pump.stroke()
    assert (sum(pump.ledger.basal), sum(pump.ledger.bolus)) == (2, 1)
