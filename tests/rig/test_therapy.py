"""Continuous basal and the patient bolus, judged by the balance."""

import pytest

from hil.plant import PlantSettings
from hil.plant.flow_sensor import FlowSensorSettings
from tests.rig.pumps import HOUR_S, fast, log, record, results

pytestmark = pytest.mark.rig

STROKE_NL = 290


def test_basal_arrives_within_two_percent_and_a_stroke(running, rig):
    rig.advance(6 * HOUR_S)
    ordered_nl = 6 * 10_000
    assert abs(rig.weigh().volume_nl - ordered_nl) <= 0.02 * ordered_nl + STROKE_NL


def test_a_bolus_arrives_on_top_of_basal_within_its_duration(running, rig):
    rig.advance(4 * HOUR_S + 10)
    before = rig.weigh().volume_nl
    rig.press()
    rig.advance(305)
    given_nl = rig.weigh().volume_nl - before
    ordered_nl = 10_000 + 10_000 * 305 / HOUR_S
    assert results(running) == ["granted"]
    assert abs(given_nl - ordered_nl) <= 0.04 * ordered_nl + STROKE_NL


def test_lockout_counts_from_programming_then_from_the_end_of_each_bolus(client, rig):
    client.prescribe(fast())
    client.start()
    began_s = rig.now_s
    for at_s in (598, 602, 602 + 60 + 597, 602 + 60 + 603):
        rig.advance(began_s + at_s - rig.now_s)
        rig.press()
    rig.advance(5)
    assert results(client) == ["lockout", "granted", "lockout", "granted"]


def test_a_press_during_a_bolus_is_refused(client, rig):
    client.prescribe(fast())
    client.start()
    rig.advance(650)
    rig.press()
    rig.advance(30)
    rig.press()
    rig.advance(5)
    assert results(client) == ["granted", "bolus_active"]


def test_no_more_boluses_than_the_count_in_any_24_hours(client, rig):
    client.prescribe(fast(bolus_count_per_24h=2))
    client.start()
    for _ in range(4):
        rig.advance(700)
        rig.press()
    rig.advance(5)
    assert results(client) == ["granted", "granted", "count", "count"]
    assert client.status().granted_24h == 2


def test_the_dose_limit_refuses_a_bolus_whose_window_would_fill_later(client, rig):
    # Basal alone needs 62 % of the limit in its window of an hour, a bolus 8 %: after
    # four within the hour a fifth would break the limit only once basal has gone on.
    client.prescribe(fast(limit_1h_ng=1_225_000))
    client.start()
    for _ in range(5):
        rig.advance(670)
        rig.press()
    rig.advance(HOUR_S)
    assert results(client) == ["granted"] * 4 + ["dose_limit"]
    assert "dose_limit" not in [r["code"] for r in log(client, "alarm_begin")]


def test_a_press_on_a_stopped_pump_and_on_one_without_prescription_is_refused(client, rig):
    rig.press()
    rig.advance(2)
    client.prescribe(record())
    rig.press()
    rig.advance(2)
    assert results(client) == ["not_running"] * 2


def test_a_prescription_without_bolus_refuses_a_press_as_unavailable(client, rig):
    client.prescribe(record(bolus_ng=0))
    client.start()
    rig.advance(20)
    rig.press()
    rig.advance(2)
    assert results(client) == ["unavailable"]


def test_a_pump_with_no_basal_gives_boluses_only(client, rig):
    client.prescribe(fast(basal_ng_per_day=0, limit_1h_ng=500_000))
    client.start()
    rig.advance(660)
    assert rig.plant.strokes == 0
    rig.press()
    rig.advance(120)
    assert abs(rig.weigh().volume_nl - 10_000) <= 0.02 * 10_000 + 2 * STROKE_NL
    assert log(client, "alarm_begin") == []


def test_the_button_held_twelve_seconds_stops_the_pump(running, rig):
    rig.advance(100)
    rig.press(held_s=12)
    rig.advance(20)
    assert running.status().mode == 0
    strokes = rig.plant.strokes
    rig.advance(HOUR_S)
    assert rig.plant.strokes == strokes
    assert log(running, "button")[-1]["kind"] == "stop"


def test_a_wall_clock_set_forward_shortens_no_lockout(running, rig):
    rig.advance(60)
    rig.do(lambda: setattr(rig.hardware, "wall_offset_s", rig.hardware.wall_offset_s + 10 * HOUR_S))
    rig.press()
    rig.advance(60)
    rig.do(lambda: setattr(rig.hardware, "wall_offset_s", rig.hardware.wall_offset_s - 50 * HOUR_S))
    rig.press()
    rig.advance(5)
    assert results(running) == ["lockout"] * 2


def test_the_largest_guard_gap_is_one_second(running, rig):
    rig.advance(HOUR_S)
    assert rig.plant.largest_gap_ms <= 1000


def test_the_log_agrees_with_the_balance_within_a_stroke_and_the_sensor_error(
        make_rig, factory_image, micropython):
    from thecal.device.client import PumpClient
    from thecal.device.link import Link

    gain_error = 0.03
    rig = make_rig(settings=PlantSettings(
        seed=1, flow_sensor=FlowSensorSettings(gain_error=gain_error)), flash_image=factory_image)
    rig.power_on()
    with Link(rig.port) as link:
        client = PumpClient(link, timeout_s=30)
        client.prescribe(record())
        client.start()
        rig.advance(5 * HOUR_S)
        measured_nl = sum(r["measured_nl"] for r in log(client, "delivered"))
    balance_nl = rig.weigh().volume_nl
    assert abs(measured_nl - balance_nl) <= gain_error * balance_nl * 1.2 + STROKE_NL
    assert measured_nl > balance_nl * (1 + gain_error / 2)
