"""Every way in which the guard refuses a stroke, and what its permits are worth."""

import pytest

from pump.core import guard as rules
from pump.core.guard import Guard
from pump.core.ledger import BUCKET_MAX
from tests.core.parts import NO_BASAL, Guarded, limits, ready, set_limit
from thecal_wire import codes


def refusal(pump):
    assert pump.guard.ask(pump.clock, pump.total) is None
    return pump.guard.refusal


def test_a_stroke_is_refused_while_off():
    pump = ready()
    pump.guard.run(False)
    assert pump.is_off() and refusal(pump) == rules.IS_OFF
    pump.guard.run(True)
    assert pump.stroke()
    assert Guard(pump.limits, pump.ledger, pump.lockout, pump.clock, 1).phase == rules.OFF


def test_a_stroke_is_refused_while_an_alarm_stops_the_flow():
    pump = ready()
    pump.guard.blocked = True
    assert refusal(pump) == rules.BLOCKED
    pump.guard.blocked = False
    assert pump.stroke()


def test_a_stroke_is_refused_while_the_line_is_blocked():
    pump = ready()
    pump.guard.look(pump.limits.occlusion_pa, 0, pump.clock.s)
    assert refusal(pump) == rules.BLOCKED
    pump.guard.look(None, 0, pump.clock.s)  # a silent sensor opens nothing
    assert refusal(pump) == rules.BLOCKED
    pump.guard.look(pump.limits.occlusion_pa // 2 - 1, 0, pump.clock.s)
    assert pump.stroke()


def test_a_stroke_is_refused_while_drug_flows_unasked():
    pump = ready()
    flow_raw = pump.guard.free_flow.threshold_raw()
    pump.guard.look(0, flow_raw, pump.clock.s)
    assert pump.guard.ask(pump.clock, pump.total) is not None  # one look is a suspicion
    pump.guard.look(0, flow_raw, pump.clock.s)
    assert refusal(pump) == rules.BLOCKED
    pump.guard.look(0, None, pump.clock.s)
    assert refusal(pump) == rules.BLOCKED


def test_a_stroke_is_refused_while_the_pump_is_too_hot():
    pump = ready()
    for _ in range(3):
        pump.guard.temperature.look(5_000)
    assert refusal(pump) == rules.BLOCKED
    for _ in range(3):
        pump.guard.temperature.look(3_700)
    assert pump.stroke()


@pytest.mark.parametrize("window_s", [3_600, 14_400, 86_400])
def test_a_stroke_is_refused_when_any_window_is_full(window_s):
    pump = ready(limit_strokes=2, window_s=window_s)
    for _ in range(2):
        assert pump.stroke()
        pump.wait(pump.guard.gate_ms())
    assert refusal(pump) == rules.LIMIT
    pump.to(900_000_000 + (window_s + 900) * 1_000 - 1)
    assert refusal(pump) == rules.LIMIT
    pump.wait(1)
    assert pump.stroke()


@pytest.mark.parametrize("wrong", [-1, 1, 100])
def test_a_stroke_is_refused_when_the_tally_is_another(wrong):
    pump = ready()
    pump.total += wrong
    assert refusal(pump) == rules.TALLY_WRONG
    pump.total -= wrong
    assert pump.stroke()
    pump.total -= 1  # the mark that was charged is not there
    assert refusal(pump) == rules.TALLY_WRONG


@pytest.mark.parametrize("bolus", [False, True])
def test_a_stroke_is_refused_a_millisecond_before_the_gate_opens(bolus):
    pump = ready()
    if bolus:
        pump.press()
    pump.stroke()
    assert pump.guard.gate_left_ms(pump.clock) == pump.guard.gate_ms() > 0
    pump.wait(pump.guard.gate_ms() - 1)
    assert refusal(pump) == rules.TOO_SOON
    assert pump.guard.gate_left_ms(pump.clock) == 1
    pump.wait(1)
    assert pump.guard.gate_left_ms(pump.clock) == 0
    assert pump.stroke()


def test_the_gate_is_a_quarter_above_the_highest_rate():
    its = limits(basal_ng_per_day=2_400_000)
    assert its.gate_ms == 90_000 * 4 // 5
    interval_ms = 250 * 3_600 * 1_000 / (10_000 + 120_000)
    assert interval_ms * 4 / 5 <= its.profiles[0].gate_ms < interval_ms * 4 / 5 + 2  # rounded up


def test_the_gate_stands_open_after_a_silence_longer_than_the_tick_can_tell():
    pump = ready()
    pump.stroke()
    for days in (4, 7, 31):
        pump.wait(days * 86_400_000)
        assert pump.guard.gate_left_ms(pump.clock) == 0
        assert pump.stroke()


def test_without_basal_there_is_no_stroke_outside_a_bolus():
    pump = Guarded(limits(limit_strokes=1_000, **NO_BASAL))
    assert refusal(pump) == rules.TOO_SOON
    assert pump.press() == codes.GRANTED
    assert pump.stroke()
    pump.to(pump.bolus_end_ms)
    assert refusal(pump) == rules.TOO_SOON


def test_a_stroke_is_refused_at_the_limit_until_a_quarter_hour_leaves():
    pump = ready(limit_strokes=2, window_s=3_600)
    gate_ms = pump.guard.gate_ms()
    for _ in range(2):
        assert pump.stroke()
        pump.wait(gate_ms)
    assert refusal(pump) == rules.LIMIT
    assert pump.guard.used_strokes(pump.clock.s, 3_600) == 2
    pump.to(900_000_000 + 4_500_000 - 1)  # their quarter hour, and the window
    assert refusal(pump) == rules.LIMIT
    pump.wait(1)
    assert pump.stroke()


def test_after_a_power_cut_strokes_are_refused_only_for_what_is_in_the_window_by_its_age():
    """Boluses count as just made for a further bolus; basal is not starved by that."""
    pump = ready(limit_strokes=60, window_s=3_600)
    for _ in range(40):
        pump.ledger.add(True)
    pump.wait(900_000).power_cut()
    assert pump.ledger.lump == 40
    made = 0
    while pump.wait(90_000).stroke():
        made += 1
    assert made == 20 and pump.guard.refusal == rules.LIMIT


@pytest.mark.parametrize("bucket", ["basal", "bolus"])
def test_a_stroke_is_refused_when_its_quarter_hour_can_hold_no_more(bucket):
    pump = ready(limit_strokes=10**9)
    getattr(pump.ledger, bucket)[pump.ledger.newest % 97] = BUCKET_MAX
    assert refusal(pump) == rules.LIMIT


@pytest.mark.parametrize("extra", [0, 1, 60, 100])
def test_strokes_larger_than_calibrated_are_charged_in_advance_and_by_less_than_one(extra):
    pump = ready()
    pump.guard.extra_permille = extra
    for made in range(1, 951):
        assert pump.wait(90_000).stroke()
        counted = sum(pump.ledger.basal)
        assert made * (1_000 + extra) <= counted * 1_000 < made * (1_000 + extra) + 1_000


@pytest.mark.parametrize(("made", "room"), [(0, 2), (1, 3), (16, 19), (17, 20)])
def test_a_stroke_larger_than_calibrated_needs_room_for_all_that_it_is_charged(made, room):
    """At 60 permille more the 1st and the 17th are charged double."""
    for limit, refused in ((room, False), (room - 1, True)):
        pump = ready()
        pump.guard.extra_permille = 60
        for _ in range(made):
            assert pump.wait(90_000).stroke()
        set_limit(pump.limits, limit)
        pump.wait(90_000)
        assert pump.stroke() is not refused
        assert not refused or pump.guard.refusal == rules.LIMIT


@pytest.mark.parametrize(("nl", "strokes"), [(0, 0), (1, 1), (250, 1), (251, 2), (29_751, 120)])
def test_a_volume_is_whole_strokes_rounded_up(nl, strokes):
    found = ready().guard.strokes_of(nl)
    assert found == strokes and isinstance(found, int)


def test_a_refusal_charges_nothing_and_leaves_the_old_permit_used():
    pump = ready()
    pump.stroke()
    permit = pump.guard._permit
    serial = permit.serial
    for _ in range(3):
        assert refusal(pump) == rules.TOO_SOON
    assert (permit.serial, permit.mark) == (serial, 1)
    assert pump.guard.used_strokes(pump.clock.s) == 1


def test_a_mark_that_failed_is_charged_and_its_permit_stays_unmarked():
    """As delivery.py does: the tally counted it, and the board refuses a permit without a mark."""
    pump = ready()
    permit = pump.guard.ask(pump.clock, pump.total)
    pump.total += 1
    pump.guard.charge(permit, 0, pump.clock)
    assert permit.mark == 0
    assert pump.guard.used_strokes(pump.clock.s) == 1
    assert refusal(pump) == rules.TOO_SOON
    pump.wait(90_000)
    assert pump.stroke()


def test_a_new_permit_makes_the_one_before_worthless():
    pump = ready()
    first = pump.guard.ask(pump.clock, pump.total).serial
    second = pump.guard.ask(pump.clock, pump.total)
    assert second.serial != first and second.mark == 0


def test_serials_go_round_without_repeating_the_last_one():
    pump = ready()
    pump.guard._permit.serial = 0x0FFFFFFF
    first = pump.guard.ask(pump.clock, pump.total).serial
    assert first == 0
    assert pump.guard.ask(pump.clock, pump.total).serial == 1


def test_a_guard_made_anew_begins_with_a_serial_that_no_stroke_has_used():
    """As after a calibration: the board still knows the serial of the last stroke."""
    pump = ready()
    for _ in range(3):
        pump.stroke()
        pump.wait(90_000)
    used = pump.guard._permit.serial
    pump.new_guard()
    pump.wait(90_000)
    assert pump.guard.ask(pump.clock, pump.total).serial == used
