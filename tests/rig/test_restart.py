"""Power cuts and watchdog resets: what goes on, what starts again, what is told."""

import pytest

from tests.rig.pumps import HOUR_S, fast, log, results

pytestmark = pytest.mark.rig


@pytest.fixture
def quick(client):
    client.prescribe(fast())
    client.start()
    return client


def _power_cycle(rig, off_s=30):
    rig.power_off()
    rig.advance(off_s)
    rig.power_on()


def test_a_cut_ends_the_bolus_and_logs_its_fraction_once(quick, rig):
    rig.advance(650)
    rig.press()
    rig.advance(30)
    for _ in range(3):
        _power_cycle(rig)
        rig.advance(5)
    ends = log(quick, "bolus_end")
    assert [end["reason"] for end in ends] == ["power_lost"]
    assert 3_500 < ends[0]["delivered_nl"] < 6_000


def test_lockout_starts_again_after_a_cut(quick, rig):
    rig.advance(900)
    _power_cycle(rig)
    rig.press()
    rig.advance(590)
    rig.press()
    rig.advance(15)
    rig.press()
    rig.advance(5)
    assert results(quick) == ["lockout", "lockout", "granted"]


def test_therapy_goes_on_after_a_cut_with_a_full_interval_first(quick, rig):
    rig.advance(600)
    rig.power_off()
    rig.advance(30)
    on_ms = rig.plant.now_ms  # an emulated Pico takes its time to start
    strokes = len(rig.hardware.stroke_times_ms)
    rig.power_on()
    rig.advance(60)
    first_ms = rig.hardware.stroke_times_ms[strokes]
    assert first_ms - on_ms >= quick.status().stroke_pl * 3600 // 60_000


def test_a_stopped_pump_stays_stopped_after_a_cut(quick, rig):
    rig.advance(60)
    quick.stop()
    strokes = rig.plant.strokes
    _power_cycle(rig)
    rig.advance(HOUR_S)
    assert quick.status().mode == 0
    assert rig.plant.strokes == strokes


def test_a_latched_alarm_survives_a_cut(quick, rig):
    rig.advance(60)
    rig.do(lambda: rig.plant.stall(True))
    rig.advance(60)
    rig.do(lambda: rig.plant.stall(False))
    _power_cycle(rig)
    strokes = rig.plant.strokes
    rig.advance(600)
    assert quick.status().alarms & (1 << 1)
    assert rig.plant.strokes == strokes


def test_lockout_goes_on_across_a_watchdog_reset(quick, rig):
    rig.advance(650)
    rig.press()
    rig.advance(100)  # the bolus is over, 40 s of lockout are gone
    before = quick.status()
    rig.do(rig.hang)
    rig.advance(20)
    after = quick.status()
    assert after.reset_cause == 3
    assert before.lockout_left_s - 25 <= after.lockout_left_s <= before.lockout_left_s
    assert [r["cause"] for r in log(quick, "boot")][-1] == "watchdog"


def test_what_a_cut_cost_is_reported_and_not_caught_up(quick, rig):
    rig.advance(600)
    before_nl = rig.weigh().volume_nl
    _power_cycle(rig, off_s=600)
    rig.advance(600)
    given_nl = rig.weigh().volume_nl - before_nl
    assert given_nl <= 10_000
    lost = [r for r in log(quick, "not_delivered") if r["reason"] == "power_off"]
    assert len(lost) == 1
    assert lost[0]["volume_nl"] == pytest.approx(10_000, abs=600)


def test_what_a_cut_cost_at_the_minimum_rate_is_counted_at_that_rate(client, rig):
    client.prescribe(fast(minimum_ng_per_day=1_440_000))  # 6 uL/h, of 60
    client.start(minimum_rate=True)
    rig.advance(600)
    _power_cycle(rig, off_s=HOUR_S)
    rig.advance(60)
    lost = [r for r in log(client, "not_delivered") if r["reason"] == "power_off"]
    assert len(lost) == 1
    assert lost[0]["volume_nl"] == pytest.approx(6_000, abs=1_000)
