"""Sequences that a review found harmful once: none of them may be again."""

import pytest

from tests.rig.pumps import HOUR_S, begun, fast, log, record, results
from thecal_wire import frame, messages

pytestmark = pytest.mark.rig


@pytest.fixture
def quick(client):
    client.prescribe(fast())
    client.start()
    return client


def _power_cycle(rig):
    rig.power_off()
    rig.advance(1)
    rig.power_on()


def test_a_thousand_stops_do_not_push_the_dose_history_out_of_the_tally(quick, rig):
    rig.advance(650)
    rig.press()
    rig.advance(100)
    used_ng = quick.status().dose_in_window_ng
    for _ in range(600):
        quick.stop()
        quick.start()
    _power_cycle(rig)
    assert quick.status().dose_in_window_ng >= used_ng
    assert quick.status().granted_24h == 1


def test_five_hundred_requests_at_once_crash_nothing_and_stop_gets_through(quick, rig, link):
    rig.advance(60)
    boot = quick.status().boot
    for _ in range(500):
        link.write_raw(frame.encode(messages.HELLO, 1))
    link.write_raw(frame.encode(messages.STOP, 2))
    rig.advance(5)
    after = quick.status()
    assert (after.boot, after.mode) == (boot, 0)
    assert after.frames_dropped > 100


def test_the_third_watchdog_reset_within_an_hour_stops_and_says_so(quick, rig):
    strokes = 0
    for _ in range(3):
        rig.advance(200)
        strokes = rig.plant.strokes
        rig.do(rig.hang)
        rig.advance(10)
    assert "crash_loop" in begun(quick)
    rig.advance(HOUR_S)
    assert rig.plant.strokes == strokes
    quick.start(acknowledge=True)
    rig.advance(60)
    assert rig.plant.strokes > strokes


def test_two_latched_alarms_both_survive_a_cut(quick, rig):
    rig.advance(60)
    rig.do(lambda: rig.plant.stall(True))
    rig.advance(60)
    rig.do(lambda: rig.plant.free_flow(20_000))
    rig.advance(5)
    rig.do(lambda: rig.plant.free_flow(0))
    for _ in range(2):
        _power_cycle(rig)
        assert {alarm.name for alarm in quick.status().active_alarms} >= {"stall", "free_flow"}


def test_reprogramming_faster_than_a_stroke_is_not_silent(client, rig):
    client.prescribe(record())
    client.start()
    for _ in range(8):
        rig.advance(60)
        client.prescribe(record())
    rig.advance(1)
    assert rig.plant.strokes == 0
    assert "starvation" in begun(client)
    lost_nl = sum(r["volume_nl"] for r in log(client, "not_delivered"))
    assert lost_nl == pytest.approx(8 * 10_000 / 60, rel=0.05)


def test_a_change_of_concentration_while_stopped_neither_forgets_nor_inflates(client, rig):
    client.prescribe(record())
    client.start()
    rig.advance(10 * HOUR_S)
    used_ng = client.status().dose_in_window_ng
    client.stop()
    client.prescribe(record(concentration_ug_per_ml=19_000, minimum_ng_per_day=0))
    after_ng = client.status().dose_in_window_ng
    assert used_ng <= after_ng <= used_ng + 3 * 5_000
    _power_cycle(rig)
    assert used_ng <= client.status().dose_in_window_ng <= used_ng + 3 * 5_000


def test_calibrating_anew_forgets_no_dose_and_asks_for_a_prescription(client, rig):
    client.prescribe(record())
    client.start()
    rig.advance(5 * HOUR_S)
    used_ng = client.status().dose_in_window_ng
    client.stop()
    client.calibrate("TV000001", 240_000)
    assert client.active().record is None
    _power_cycle(rig)
    assert client.active().record is None
    assert begun(client) == []
    client.prescribe(record())
    assert client.status().dose_in_window_ng >= used_ng


def test_presses_that_flood_the_log_do_not_make_a_bolus_appear_twice(quick, rig):
    rig.advance(650)
    rig.press(held_s=0.2)
    rig.advance(2)
    for _ in range(80):
        rig.press(held_s=0.15)
        rig.advance(0.4)
    _power_cycle(rig)
    assert results(quick).count("granted") == 1
    assert len(log(quick, "bolus_start")) == 1
    assert [end["reason"] for end in log(quick, "bolus_end")] == ["power_lost"]
