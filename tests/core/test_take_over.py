"""A new programme gets a new guard: what the old one knew is not forgotten."""

import pytest

from pump.core import guard as rules
from pump.core.guard import Guard
from tests.core.parts import Guarded, limits, set_limit
from thecal_wire import codes

FASTER = {"basal_ng_per_day": 24_000_000, "limit_24h_ng": 40_000_000}


def pump_with_a_stroke():
    pump = Guarded(limits(limit_strokes=10_000))
    assert pump.stroke()
    return pump


def refusal(pump):
    assert pump.guard.ask(pump.clock, pump.total) is None
    return pump.guard.refusal


def test_the_distance_to_the_last_stroke_is_kept():
    pump = pump_with_a_stroke()
    pump.wait(1_000)
    pump.programme(limits(**FASTER))
    assert pump.guard.gate_left_ms(pump.clock) == pump.limits.gate_ms - 1_000
    assert refusal(pump) == rules.TOO_SOON
    pump.wait(pump.limits.gate_ms - 1_001)
    assert refusal(pump) == rules.TOO_SOON
    pump.wait(1)
    assert pump.stroke()


def test_any_number_of_programmes_gives_no_stroke_between():
    pump = pump_with_a_stroke()
    for _ in range(50):
        pump.programme(limits(limit_strokes=10_000))
        assert not pump.stroke()


def test_a_serial_is_not_used_again():
    pump = pump_with_a_stroke()
    used = pump.guard._permit.serial
    pump.programme(limits(**FASTER))
    pump.wait(90_000)
    assert pump.guard.ask(pump.clock, pump.total).serial == used + 1


@pytest.mark.parametrize("which", ["blocked", "alarmed"])
def test_an_alarm_is_kept(which):
    pump = pump_with_a_stroke()
    setattr(pump.guard, which, True)
    pump.programme(limits(**FASTER))
    assert getattr(pump.guard, which) and pump.verdict() == codes.ALARM


def test_a_blocked_line_stays_blocked_and_its_resumes_stay_counted():
    pump = pump_with_a_stroke()
    pressure_pa = pump.limits.occlusion_pa
    for at_pa in (pressure_pa, 0, pressure_pa):
        pump.guard.look(at_pa, 0, pump.clock.s)
    pump.programme(limits(**FASTER))
    pump.wait(90_000)
    assert refusal(pump) == rules.BLOCKED
    assert pump.guard.occlusion.resumes == 1


def test_free_flow_stays_seen():
    pump = pump_with_a_stroke()
    for _ in range(2):
        pump.guard.look(0, 30, pump.clock.s)
    pump.programme(limits(**FASTER))
    pump.wait(90_000)
    assert refusal(pump) == rules.BLOCKED


def test_a_stopped_pump_stays_stopped_and_a_running_one_runs():
    pump = pump_with_a_stroke()
    pump.programme(limits(**FASTER))
    assert pump.guard.phase == rules.BASAL
    pump.guard.run(False)
    pump.programme(limits(**FASTER))
    assert pump.is_off() and refusal(pump) == rules.IS_OFF


def test_strokes_of_the_old_programme_count_against_the_new_limit():
    pump = pump_with_a_stroke()
    for _ in range(9):
        pump.wait(90_000)
        assert pump.stroke()
    pump.programme(limits(limit_strokes=10))
    pump.wait(90_000)
    assert refusal(pump) == rules.LIMIT
    set_limit(pump.limits, 11)
    assert pump.stroke()


def test_a_start_of_the_processor_counts_as_a_stroke_for_the_gate():
    """The last stroke before it may have been just now."""
    pump = pump_with_a_stroke()
    fresh = Guard(pump.limits, pump.ledger, pump.lockout, pump.clock, pump.total)
    assert fresh.gate_left_ms(pump.clock) == fresh.gate_ms() > 0


def test_a_pump_that_never_made_a_stroke_keeps_no_distance():
    pump = pump_with_a_stroke()
    fresh = Guard(pump.limits, pump.ledger, pump.lockout, pump.clock, 0)
    assert fresh.gate_left_ms(pump.clock) == 0
