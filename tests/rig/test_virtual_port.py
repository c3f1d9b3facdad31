"""The virtual rig's port: what the pump sends arrives although time stands."""

import pytest

from tests.rig.pumps import fast, log
from thecal.archive.reader import read_ring

pytestmark = [
    pytest.mark.rig,
    pytest.mark.virtual_only("the emulated Pico brings its port with it"),
]

PTY_BYTES = 65_536  # more than any pty holds


def test_a_log_longer_than_a_pty_holds_is_read_while_time_stands(client, rig):
    client.prescribe(fast())
    client.start()
    began_s = rig.now_s
    rig.do(lambda: rig.host_port.write(bytes(2 * PTY_BYTES)))  # empty frames
    assert client.status().mode == 1
    assert rig.now_s == began_s


def test_a_host_that_asks_for_the_log_each_minute_never_exhausts_the_heap(client, rig):
    client.prescribe(fast(bolus_ng=0))
    client.start()
    for _ in range(200):
        rig.advance(60)
        read_ring(client)
    assert [r["cause"] for r in log(client, "boot")] == ["power_on"] * 2
