"""crcmod, a second implementation of CRC-32, checks every record of a read log."""

import struct

import crcmod.predefined
import pytest

from tests.rig.pumps import fast
from thecal.archive.reader import read_ring
from thecal_wire import events

pytestmark = pytest.mark.rig

crc32 = crcmod.predefined.mkPredefinedCrcFun("crc-32")


def test_crcmod_agrees_on_every_record_of_a_read_log(client, rig):
    client.prescribe(fast())
    client.start()
    for _ in range(12):
        rig.advance(400)
        rig.press()
    image = read_ring(client)
    used = [slot for slot in image.slots if slot != b"\xff" * events.RECORD_BYTES]
    assert len(used) > 40
    for slot in used:
        assert crc32(slot[:28]) == struct.unpack("<I", slot[28:])[0]


def test_crcmod_knows_the_check_value():
    assert crc32(b"123456789") == 0xCBF43926
