"""Each alarm by its real cause: what is raised, how soon, and the rate it leads to."""

import pytest

from tests.rig.pumps import HOUR_S, begun, fast, log, record
from thecal_wire import prescription

pytestmark = pytest.mark.rig

BOLUS_NL = 10_000


def _quick(client):
    client.prescribe(fast())
    client.start()


def test_a_stalled_rotor_is_found_within_three_strokes_and_latches(client, rig):
    _quick(client)
    rig.advance(120)
    rig.do(lambda: rig.plant.stall(True))
    strokes = rig.plant.strokes
    rig.advance(HOUR_S)
    assert begun(client) == ["stall"]
    assert rig.plant.strokes - strokes == 3
    rig.do(lambda: rig.plant.stall(False))
    rig.advance(600)
    assert rig.plant.strokes - strokes == 3
    client.start(acknowledge=True)
    rig.advance(60)
    assert client.status().mode == 1
    assert rig.plant.strokes - strokes > 3


def test_a_pinched_line_stops_strokes_and_resumes_by_itself(client, rig):
    _quick(client)
    rig.advance(60)
    rig.pinch(True)
    rig.advance(1200)
    assert begun(client) == ["occlusion"]
    stored_nl = rig.plant.stored_nl
    assert 0 < stored_nl <= BOLUS_NL  # SR51: what comes out on release is under one bolus
    strokes = rig.plant.strokes
    rig.advance(1200)
    assert rig.plant.strokes == strokes
    before_nl = rig.weigh().volume_nl
    rig.pinch(False)
    rig.advance(10)
    assert rig.weigh().volume_nl - before_nl == pytest.approx(stored_nl, abs=300)
    rig.advance(120)
    assert rig.plant.strokes > strokes
    assert [r["code"] for r in log(client, "alarm_end")] == ["occlusion"]
    lost = sum(r["volume_nl"] for r in log(client, "not_delivered"))
    assert lost > 1000 * 60 / 60 * 15


def test_occlusion_latches_after_six_resumes_in_a_day(client, rig):
    _quick(client)
    for _ in range(7):
        rig.pinch(True)
        rig.advance(700)
        rig.pinch(False)
        rig.advance(60)
    assert client.status().mode == 3
    assert len(begun(client)) == 7
    rig.advance(600)
    assert client.status().mode == 3
    client.start(acknowledge=True)
    rig.advance(60)
    assert client.status().mode == 1


def test_free_flow_is_found_within_two_seconds_and_latches(running, rig):
    rig.advance(100.4)
    rig.do(lambda: rig.plant.free_flow(20_000))
    rig.advance(2)
    assert running.status().mode == 3
    assert begun(running) == ["free_flow"]
    assert not rig.hardware.enabled
    rig.do(lambda: rig.plant.free_flow(0))
    rig.advance(HOUR_S)
    assert running.status().mode == 3


def test_free_flow_is_found_on_a_stopped_pump_too(running, rig):
    running.stop()
    rig.do(lambda: rig.plant.free_flow(20_000))
    rig.advance(2)
    assert begun(running) == ["free_flow"]


def test_an_empty_reservoir_stops_after_the_stroke(client, rig):
    client.refill(1_002_000)
    _quick(client)
    rig.advance(HOUR_S)
    assert begun(client) == ["reservoir_low", "reservoir_empty"]
    assert 8 <= rig.plant.strokes <= 9


def test_a_dry_reservoir_is_found_by_the_flow_sensor_within_three_strokes(client, rig):
    _quick(client)
    rig.advance(120)
    strokes = rig.plant.strokes
    rig.do(lambda: rig.plant.set_reservoir(0))
    rig.advance(HOUR_S)
    assert begun(client) == ["reservoir_empty"]
    assert rig.plant.strokes - strokes == 3


def test_a_dead_flow_sensor_alarms_keeps_basal_and_refuses_a_bolus(client, rig):
    _quick(client)
    rig.advance(700)
    rig.do(lambda: rig.plant.sensor_dead(True))
    rig.advance(10)
    assert begun(client) == ["sensor_fault"]
    before_nl = rig.weigh().volume_nl
    rig.press()
    rig.advance(HOUR_S)
    assert [r["result"] for r in log(client, "press")] == ["alarm"]
    assert rig.weigh().volume_nl - before_nl == pytest.approx(60_000, rel=0.03)


def test_a_restart_loop_neither_delivers_nor_stays_silent(client, rig):
    client.prescribe(record())
    client.start()
    for _ in range(4):
        rig.advance(40)
        rig.power_off()
        rig.advance(1)
        rig.power_on()
    rig.advance(1)
    assert rig.plant.strokes == 0
    assert "starvation" in begun(client)
    assert "bolus_unavailable" in begun(client)
    rig.advance(400)
    assert rig.plant.strokes > 0
    assert client.status().alarms & (1 << 6) == 0


def test_an_alarm_ends_a_running_bolus_and_logs_its_fraction_once(client, rig):
    _quick(client)
    rig.advance(650)
    rig.press()
    rig.advance(30)
    rig.do(lambda: rig.plant.stall(True))
    rig.advance(60)
    ends = log(client, "bolus_end")
    assert [end["reason"] for end in ends] == ["alarm"]
    assert 0 < ends[0]["delivered_nl"] < BOLUS_NL


def test_a_button_held_over_a_minute_is_an_alarm_and_therapy_goes_on(client, rig):
    _quick(client)
    rig.advance(60)
    strokes = rig.plant.strokes
    rig.press(held_s=200)
    rig.advance(90)
    assert begun(client) == ["stuck_button"]
    assert rig.plant.strokes > strokes
    rig.advance(200)
    assert [r["code"] for r in log(client, "alarm_end")] == ["stuck_button"]
    assert log(client, "press") == []


def test_a_lost_wall_clock_alarms_and_delivers_all_the_same(make_rig, factory_image):
    from thecal.device.client import PumpClient
    from thecal.device.link import Link

    rig = make_rig(flash_image=factory_image)
    rig.hardware.wall_lost = True
    rig.power_on()
    with Link(rig.port) as link:
        client = PumpClient(link, timeout_s=30)
        _quick(client)
        rig.advance(HOUR_S)
        assert begun(client) == ["clock_lost"]
        assert log(client)[-1]["wall"] is None
    assert rig.weigh().volume_nl == pytest.approx(60_000, rel=0.03)


def test_a_wall_clock_lost_in_therapy_leads_to_the_lowest_step_within_a_minute(client, rig):
    """And a clock that is there again is followed from the next step on (SR12)."""
    quarter = rig.hardware.wall_offset_s // 900 % 96  # of the day, in UTC
    high = (prescription.EVERY_DAY, quarter, 14_400_000)
    low = (prescription.EVERY_DAY, (quarter + 48) % 96, 2_400_000)
    client.prescribe(fast(steps=[high, low]))
    client.start()
    rig.advance(900)
    rig.do(lambda: setattr(rig.hardware, "wall_lost", True))
    rig.advance(65)
    assert begun(client) == ["clock_lost"]
    before = rig.weigh().volume_nl
    rig.advance(HOUR_S)
    assert rig.weigh().volume_nl - before == pytest.approx(10_000, rel=0.05)
    assert begun(client) == ["clock_lost"]


def test_what_the_dose_limit_held_back_is_told_as_that_to_its_end(client, rig):
    client.prescribe(fast(basal_ng_per_day=240_000_000, bolus_ng=0, limit_1h_ng=12_600_000,
                          limit_24h_ng=300_000_000))
    client.start()
    rig.advance(HOUR_S)
    client.prescribe(fast(bolus_ng=0, limit_1h_ng=1_000_000))
    rig.advance(2 * HOUR_S)
    ended = [r["mono_ms"] for r in log(client, "alarm_end") if r["code"] == "dose_limit"]
    assert len(ended) == 1
    lost = [r for r in log(client, "not_delivered") if r["volume_nl"] > 500]
    assert {r["reason"] for r in lost} == {"dose_limit"}
    assert lost[-1]["mono_ms"] == ended[0]
