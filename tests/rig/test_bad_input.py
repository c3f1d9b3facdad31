"""What people do wrong, on the command line and the wire: one clear line, the pump goes on."""

import os
import random
import threading
import time

import pytest

from tests.rig.pumps import EXAMPLE, record, thecal
from thecal.archive.reader import read_ring
from thecal.device.client import PumpClient
from thecal.device.link import Link
from thecal.errors import DeviceRefused, ThecalError
from thecal_wire import codes

pytestmark = pytest.mark.rig


def _edited(tmp_path, old, new):
    text = EXAMPLE.read_text()
    assert old in text
    path = tmp_path / "p.toml"
    path.write_text(text.replace(old, new))
    return str(path)


@pytest.mark.parametrize(("old", "new", "says"), [
    ('"2.4 mg/day"', '"2.4"', "unit"),
    ('"2.4 mg/day"', '"-2.4 mg/day"', "-2.4"),
    ('dose = "0.1 mg"', 'dose = "3 mg"', "2.75 mg"),
    ("[basal]", "colour = 1\n[basal]", "colour"),
    ("[basal]", "[basal", "TOML"),
], ids=["missing unit", "negative rate", "dose above its limit", "unknown field", "broken TOML"])
def test_a_bad_prescription_file_is_refused_with_exit_2(rig, tmp_path, old, new, says):
    done = thecal("prescribe", _edited(tmp_path, old, new), "-p", rig.port, "--yes")
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_what_only_the_device_refuses_exits_1_and_says_what_to_do(rig, tmp_path):
    assert thecal("prescribe", str(EXAMPLE), "-p", rig.port, "--yes").returncode == 0
    assert thecal("start", "-p", rig.port).returncode == 0
    path = _edited(tmp_path, '"10 mg/mL"', '"5 mg/mL"')
    done = thecal("prescribe", path, "-p", rig.port, "--yes")
    assert done.returncode == 1
    assert "must_stop" in done.stderr and "thecal stop" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_for_another_pump_is_refused_before_anything_is_sent(rig, tmp_path):
    path = _edited(tmp_path, "TV000001", "TV000002")
    done = thecal("prescribe", path, "-p", rig.port, "--yes")
    assert done.returncode == 2
    assert "TV000002" in done.stderr


def test_start_without_prescription_exits_1(rig):
    done = thecal("start", "-p", rig.port)
    assert done.returncode == 1
    assert "prescription" in done.stderr


def test_a_second_client_is_told_that_the_port_is_taken(rig, client):
    done = thecal("status", "-p", rig.port)
    assert done.returncode == 3
    assert len(done.stderr.strip().splitlines()) == 1
    assert client.status().mode == 0


def test_a_port_that_is_not_there_exits_3(tmp_path):
    done = thecal("status", "-p", str(tmp_path / "none"))
    assert done.returncode == 3
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_port_closing_in_the_middle_of_a_read_exits_3(rig, client):
    rig.do(lambda: setattr(rig.host_port, "stalled", True))
    threading.Timer(0.3, rig.close).start()
    with pytest.raises(ThecalError) as caught:
        read_ring(client)
    assert caught.value.exit_code == 3


def test_a_client_that_vanishes_in_mid_read_does_not_disturb_the_pump(rig, client, link):
    client.prescribe(record())
    client.start()
    rig.do(lambda: setattr(rig.host_port, "stalled", True))
    threading.Timer(0.2, link.close).start()
    with pytest.raises(ThecalError):
        read_ring(client)
    rig.do(lambda: setattr(rig.host_port, "stalled", False))
    rig.advance(600)
    assert rig.plant.strokes == 6
    with Link(rig.port) as again:
        assert PumpClient(again, timeout_s=30).status().mode == 1


def test_garbage_and_half_frames_are_dropped_counted_and_do_no_harm(rig, client, link):
    client.prescribe(record())
    client.start()
    before = client.status()
    rng = random.Random(5)
    descriptor = os.open(rig.port, os.O_RDWR | os.O_NOCTTY)
    for _ in range(40):
        os.write(descriptor, rng.randbytes(rng.randrange(1, 90)))
        os.write(descriptor, b"\0\x05\x02")
        os.write(descriptor, b"\0")
    os.write(descriptor, b"\0" + b"x" * 1000 + b"\0")
    time.sleep(0.3)
    after = client.status()
    os.close(descriptor)
    assert after.frames_dropped - before.frames_dropped >= 40
    assert after.bytes_dropped > before.bytes_dropped
    assert (after.mode, after.prescription_crc32) == (1, before.prescription_crc32)
    rig.advance(600)
    assert rig.plant.strokes > 3


def test_a_host_that_does_not_drain_delays_no_stroke(rig, client):
    client.prescribe(record())
    client.start()
    rig.do(lambda: setattr(rig.host_port, "stalled", True))
    rig.advance(3600)
    rig.do(lambda: setattr(rig.host_port, "stalled", False))
    assert rig.plant.strokes == 39
    assert client.status().mode == 1


def test_what_another_program_left_in_the_port_does_not_cost_the_first_stop(rig, running, link):
    link.write_raw(b"\r\x03\r\x01")
    running.stop()
    assert running.status().mode == codes.STOPPED


def test_a_log_request_out_of_range_names_the_field_at_fault(rig, client):
    slots = client.log_info().slots
    with pytest.raises(DeviceRefused) as slot:
        client.log_read(slots, 1)
    with pytest.raises(DeviceRefused) as count:
        client.log_read(0, 2049)
    assert (slot.value.field, slot.value.limit) == (0, slots - 1)
    assert (count.value.field, count.value.value, count.value.limit) == (1, 2049, 2048)
