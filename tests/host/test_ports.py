"""Finding pumps, and never picking one of two."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from thecal.device import ports
from thecal.errors import ExitCode, NoPump, SeveralPumps


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of virtual pumps, on a machine without USB."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(ports.list_ports, "comports", list)
    (tmp_path / "thecal").mkdir()
    return tmp_path / "thecal"


def announce(folder, serial, port="/dev/pts/7", pid=None):
    fields = {"port": port, "serial": serial, "pid": pid or os.getpid()}
    (folder / f"{serial}.json").write_text(json.dumps(fields))


def dead_pid() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_virtual_pump_is_found_by_its_file(folder):
    announce(folder, "TV000001")
    assert ports.find_pumps() == [
        ports.PumpPort("/dev/pts/7", "TV000001", "virtual", os.getpid())
    ]


def test_the_temp_folder_serves_where_there_is_no_runtime_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(ports.tempfile, "gettempdir", lambda: str(tmp_path))
    assert ports.virtual_folder() == tmp_path / "thecal"


def test_a_pump_whose_rig_has_ended_is_not_listed(folder):
    announce(folder, "TV000001", pid=dead_pid())
    announce(folder, "TV000002", pid=-1)
    assert ports.find_pumps() == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"port": "x", "serial": "y", "pid": "z"}'])
def test_a_file_that_describes_no_pump_is_warned_of_and_hides_no_other(folder, text, caplog):
    (folder / "a.json").write_text(text)
    announce(folder, "TV000002")
    assert [pump.serial for pump in ports.find_pumps()] == ["TV000002"]
    assert "a.json does not describe a virtual pump" in caplog.text


def test_a_board_is_found_by_its_vendor_and_other_serial_ports_are_not(folder, monkeypatch):
    devices = [
        SimpleNamespace(device="/dev/ttyACM0", serial_number="E660", vid=0x2E8A),
        SimpleNamespace(device="/dev/ttyUSB0", serial_number="FTDI", vid=0x0403),
        SimpleNamespace(device="/dev/ttyS0", serial_number=None, vid=None),
    ]
    monkeypatch.setattr(ports.list_ports, "comports", lambda: devices)
    assert ports.find_pumps() == [ports.PumpPort("/dev/ttyACM0", "E660", "usb")]


def test_the_only_pump_needs_no_name(folder):
    announce(folder, "TV000001")
    assert ports.choose(None) == "/dev/pts/7"


def test_of_two_pumps_none_is_picked_and_both_are_named(folder):
    announce(folder, "TV000001")
    announce(folder, "TV000002", "/dev/pts/8")
    with pytest.raises(SeveralPumps) as caught:
        ports.choose(None)
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    for part in ("/dev/pts/7 (TV000001)", "/dev/pts/8 (TV000002)", "-p"):
        assert part in str(caught.value)


def test_without_a_pump_the_virtual_one_is_suggested(folder):
    with pytest.raises(NoPump, match="thecal virtual") as caught:
        ports.choose(None)
    assert caught.value.exit_code == ExitCode.ENVIRONMENT


def test_a_pump_is_chosen_by_its_serial(folder):
    announce(folder, "TV000001")
    announce(folder, "TV000002", "/dev/pts/8")
    assert ports.choose("id:TV000002") == "/dev/pts/8"
    with pytest.raises(NoPump, match="TV000001, TV000002"):
        ports.choose("id:TV000003")


def test_a_path_and_a_url_are_taken_as_they_are(folder):
    assert ports.choose("/dev/ttyACM3") == "/dev/ttyACM3"
    assert ports.choose("rfc2217://localhost:2000") == "rfc2217://localhost:2000"
