"""The text trace and the binary client share one port: pytest-embedded's `dut` expects the text."""

import pytest

pytestmark = pytest.mark.rig


def test_a_press_is_told_on_the_trace_while_the_client_uses_the_same_port(pump, rig):
    rig.advance(3600)
    rig.press()
    for _ in range(50):
        assert pump.client.status().mode == 1
    rig.advance(5)
    found = pump.expect(r"press result=(\w+) lockout_left_s=(\d+)", timeout=10)
    assert found.group(1) == b"lockout"
    assert 3 * 3600 <= int(found.group(2)) <= 3 * 3600 + 1


def test_start_and_stop_are_told_on_the_trace(pump, rig):
    pump.expect(r"mode mode_from=stopped mode_to=running", timeout=10)
    pump.client.stop()
    rig.advance(1)
    pump.expect(r"mode mode_from=running mode_to=stopped", timeout=10)
