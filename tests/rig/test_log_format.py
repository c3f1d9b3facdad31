"""The log and the tally of a pump, read as docs/log-format.md says."""

import struct
import subprocess
import sys

import pytest

from hil.rigs.console import Console
from pump.store import nor
from tests.docs.pages import code_blocks, sized, text_of
from tests.rig.pumps import fast
from thecal.archive.reader import read_history, read_ring
from thecal_wire import codes

pytestmark = pytest.mark.rig

TEXT = text_of("log-format.md")


@pytest.fixture
def eventful(client, rig):
    """A pump that wrote most types of records; returns its client."""
    bedside = Console(rig).line
    client.prescribe(fast(bolus_duration_s=120, bolus_lockout_s=2_400, periodic_ng=100_000,
                          periodic_duration_s=60, periodic_interval_s=900))
    client.start()
    bedside("wait 2500")
    bedside("press")
    bedside("press 7")
    bedside("wait 700")
    client.bolus(200_000, 7_200)
    client.set_clock(1_800_000_000, 60)
    bedside("stall")
    bedside("wait 300")
    bedside("unstall")
    client.stop()
    client.acknowledge()
    client.prime(10_000)
    bedside("wait 100")
    bedside("cut")
    bedside("power")
    client.refill(17_000_000, 16_000_000)
    client.start()
    bedside("wait 900")
    return client


def test_the_decoder_reads_what_thecal_reads_from_the_log_and_from_the_flash(
        eventful, rig, tmp_path):
    image = read_ring(eventful)
    history = list(read_history(eventful).decoded())
    kinds = {record["type"] for record in history}
    assert len(kinds) >= 15, kinds
    (tmp_path / "decoder.py").write_text(code_blocks(TEXT, "python")[0])
    (tmp_path / "log.raw").write_bytes(image.raw)
    flash = bytes(rig.hardware.flash.image)
    at = int(TEXT.split("the ring begins at byte ")[1].split(" ")[0].replace(",", ""))
    (tmp_path / "flash.raw").write_bytes(flash[at:at + 280 * 4096])
    read = [subprocess.run([sys.executable, tmp_path / "decoder.py", tmp_path / name],
                           capture_output=True, text=True, check=True).stdout.splitlines()
            for name in ("log.raw", "flash.raw")]
    assert read[0][-1] == f"{len(history)} records, 0 torn slots"
    assert read[1][:len(history)] == read[0][:-1]
    for line, record in zip(read[0][:-1], history, strict=True):
        start = (f"{record['seq']} {record['boot']} {record['mono_ms']} {record['wall_s']} "
                 f"{record['type']} ")
        assert line.startswith(start)
        told = eval(line[len(start):])
        assert list(told) == list(record)[6:]
        for name, value in told.items():
            assert record[name] == value or isinstance(record[name], str), (line, name)


def test_the_tally_of_a_pump_reads_as_its_tables_say(eventful, rig):
    rig.advance(900)
    status, therapy = eventful.status(), eventful.therapy()
    flash = bytes(rig.hardware.flash.image)
    first = int(TEXT.split("64 blocks from block 8 (byte ")[1].split(")")[0].replace(",", ""))
    assert first == nor.TALLY[0] * nor.BLOCK_BYTES
    found = [flash[at:at + 256] for at in range(first, first + 64 * 4096, 256)]
    head = sized(TEXT, "A page begins with a header of 39 bytes")
    written = sorted((page for page in found if page[:4] != b"\xff" * 4),
                     key=lambda page: _at(page, head["seq"]))
    rest = next(page for page in reversed(written) if page[6] == 6)
    of = {name: _at(rest, place) for name, place in
          sized(TEXT, "The rest of a checkpoint (kind 6)").items() if place[1] <= 4}
    assert of["counter"] == therapy.counter == 2
    assert of["lockout_until_s"] - status.mono_s == status.lockout_left_s
    assert of["refilled_nl"] == 17_000_000
    assert of["primed"] == of["off_s"] == 0
    assert of["primed_weight"] > 10
    assert of["grants"] == status.granted_24h == 1
    assert of["generation"] == eventful.active().generation
    assert _at(rest, head["latched"]) == 1 << codes.REFILL_MISMATCH
    assert of["refill_total"] + 60 < _at(written[-1], head["total"]) <= status.tally_strokes
    runs = sized(TEXT, "The rest of a checkpoint (kind 6)")
    clinician = struct.unpack_from("<6I", rest, runs["run of the clinician bolus"][0])
    assert clinician[3:] == (20_000, 7_200, 0)
    grant = next(page for page in written if page[6] == 2)
    said = {name: _at(grant, place) for name, place in sized(TEXT, "A grant (kind 2)").items()}
    assert (said["bolus_id"], said["volume_nl"], said["duration_s"], said["lockout_s"]) == (
        1, 10_000, 120, 2_400)
    end = next(page for page in written if page[6] == 3)
    said = {name: _at(end, place) for name, place in sized(TEXT, "The end of one (kind 3)").items()}
    assert (said["kind of bolus"], said["reason"], said["lockout_s"]) == (0, 0, 2_400)
    assert said["strokes"] > 40


def _at(page, place):
    offset, size = place
    return int.from_bytes(page[offset:offset + size], "little")
