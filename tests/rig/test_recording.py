"""The flight recording replays byte-equal, and a replay notices a difference."""

import pytest

from hil.rigs.recording import Difference, count_requests, replay
from tests.rig.pumps import fast
from thecal.device.client import PumpClient
from thecal.device.link import Link

pytestmark = [pytest.mark.rig, pytest.mark.virtual_only("only its calls are recorded")]


@pytest.fixture
def recording(make_rig, factory_image, tmp_path):
    path = tmp_path / "flight.bin"
    rig = make_rig(flash_image=factory_image, recording=path)
    rig.power_on()
    with Link(rig.port) as link:
        client = PumpClient(link, timeout_s=30)
        client.prescribe(fast())
        client.start()
        rig.advance(650)
        rig.press()
        rig.advance(30)
        rig.power_off()
        rig.advance(20)
        rig.power_on()
        rig.advance(60)
        client.status()
    rig.close()
    return path


def test_a_recording_replays_byte_equal(recording):
    messages = replay(recording)
    counts = count_requests(recording)
    assert messages == sum(counts.values())
    assert counts["stroke"] > 40


def test_a_replay_notices_one_changed_answer(recording):
    data = bytearray(recording.read_bytes())
    at = data.index(b"TV000001")  # the serial, as the flash answered it
    data[at] ^= 1
    recording.write_bytes(bytes(data))
    with pytest.raises(Difference, match="message"):
        replay(recording)
