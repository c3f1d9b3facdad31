"""The commands: what they print, where, and how they exit."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.host.peer import slot, slot_of_unknown_type
from thecal.cli import common
from thecal.cli import ports as ports_module
from thecal.cli import virtual as virtual_module
from thecal.cli.common import OUT
from thecal.cli.main import cli
from thecal.device import client, ports
from thecal.errors import ExitCode, ToolMissing
from thecal_wire import codes, events, messages
from thecal_wire.prescription import FIELDS

VERBS = ["virtual", "ports", "status", "check", "prescribe", "start", "stop", "bolus", "prime",
         "refill", "clock", "alarms", "calibrate", "log"]


pytestmark = pytest.mark.usefixtures("alone")


# --- the group ---------------------------------------------------------------
def test_help_lists_every_verb_and_the_exit_codes():
    result = CliRunner().invoke(cli, ["--help"])
    assert result.exit_code == 0
    assert all(f"\n  {verb} " in result.output for verb in VERBS)
    assert "130 interrupted" in result.output


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb):
    result = CliRunner().invoke(cli, [verb, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


@pytest.mark.parametrize(
    "line",
    [["nonsense"], ["check"], ["refill"], ["calibrate"], ["log", "read"], ["status", "--nonsense"],
     ["bolus"], ["bolus", "1 mg"], ["prime"], ["clock", "nonsense"], ["alarms", "nonsense"],
     ["virtual", "--speed", "fast"]],
)
def test_a_wrong_command_line_is_usage(run, line):
    code, out, err = run(*line)
    assert (code, out) == (ExitCode.USAGE, "")
    assert "Error:" in err


# --- check -------------------------------------------------------------------
def test_check_shows_a_good_prescription_in_peoples_units(run, example):
    code, out, err = run("check", example)
    assert (code, err) == (0, "")
    for text in ("morphine", "2.4 mg/day", "0.1 mg", "4 h", "2.75 mg", "0.24 mL/day",
                 "10,000 nL/h"):
        assert text in out


def test_check_prints_tables_of_steps_and_profiles_that_fit_a_terminal(run, example, monkeypatch):
    monkeypatch.setattr(OUT, "_width", 80)
    code, out, _ = run("check", example.with_name("flex.toml"))
    lines = [line.split() for line in out.splitlines()]
    assert code == 0
    assert "12 sun 22:00 1.8 mg/day 7,500 nL/h".split() in lines
    assert "2 22:00 60 ug 6 uL 10 min 4 h 2".split() in lines
    assert max(map(len, out.splitlines()[:-1])) <= 80


def test_check_prints_the_numbers_of_the_wire_as_json(run, example):
    code, out, _ = run("check", example, "--json")
    result = json.loads(out)
    assert code == 0
    assert result["ok"] is True
    assert result["prescription"]["steps"][0]["basal_ng_per_day"] == 2_400_000


def test_check_reports_each_problem_on_a_line_of_its_own(run, write_file, example):
    path = write_file(example.read_text().replace('"2.4 mg/day"', '"2.4"').replace('"4 h"', '"2"'))
    code, out, err = run("check", path)
    assert (code, out) == (ExitCode.USAGE, "")
    first, second = err.splitlines()
    assert first.startswith(f"thecal: {path}: basal.rate: ")
    assert second.startswith(f"thecal: {path}: patient_bolus.lockout: ")


def test_check_tells_programs_the_problems_too(run, write_file):
    code, out, err = run("check", write_file("x = 1"), "--json")
    result = json.loads(out)
    assert (code, result["ok"]) == (ExitCode.USAGE, False)
    assert len(result["problems"]) == len(err.splitlines()) == 5


# --- commands to a pump ------------------------------------------------------
def test_no_pump_is_the_environment_and_suggests_a_virtual_one(run):
    code, out, err = run("status")
    assert (code, out) == (ExitCode.ENVIRONMENT, "")
    assert err == "thecal: no pump found; connect one, or start a virtual one: `thecal virtual`\n"


def test_prescribe_shows_old_and_new_commits_and_reads_back(
    run, pump, pump_port, example, write_file
):
    code, out, err = run("prescribe", example, "-p", pump_port, "--yes")
    assert code == 0
    assert "byte for byte (generation 1)" in out
    assert "lockout starts again" in out
    assert "thecal start" in out
    assert "active now" in err
    assert len(pump.record) == 98
    # Once more, with another rate: only that row is marked.
    higher = write_file(example.read_text().replace('"2.4 mg/day"', '"2.5 mg/day"'))
    code, out, err = run("prescribe", higher, "-p", pump_port, "--yes", "--json")
    assert json.loads(out)["changed"] == ["basal_ng_per_day"]
    assert "+4.2 %" in err


def test_prescribe_without_a_terminal_wants_a_yes_and_sends_nothing(run, pump, pump_port, example):
    code, out, err = run("prescribe", example, "-p", pump_port)
    assert (code, out, pump.record) == (ExitCode.USAGE, "", b"")
    assert "--yes" in err


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", ExitCode.INTERRUPTED)])
def test_prescribe_asks_at_a_terminal(monkeypatch, pump, pump_port, example, answer, code):
    monkeypatch.setattr(common, "is_terminal", lambda: True)
    result = CliRunner().invoke(cli, ["prescribe", str(example), "-p", pump_port], input=answer)
    assert bool(pump.record) is (code == 0)
    if code:
        assert result.exception.exit_code == code


def test_prescribe_refuses_a_file_for_another_pump(run, pump, pump_port, example, write_file):
    path = write_file(example.read_text().replace("TV000001", "TV000009"))
    code, _, err = run("prescribe", path, "-p", pump_port, "--yes")
    assert (code, pump.record) == (ExitCode.USAGE, b"")
    assert 'device.serial: the file is for pump "TV000009"' in err


def test_prescribe_with_a_bad_file_never_opens_a_port(run, write_file):
    code, _, err = run("prescribe", write_file(""), "-p", "/dev/no-such-port", "--yes")
    assert code == ExitCode.USAGE
    assert "no-such-port" not in err


def test_a_prescription_that_reads_back_otherwise_is_uncertain(run, pump, pump_port, example):
    pump.flips_bits = True
    code, out, err = run("prescribe", example, "-p", pump_port, "--yes")
    assert (code, out) == (ExitCode.UNCERTAIN, "")
    assert "not what was sent" in err


def test_a_refused_prescription_tells_field_value_and_limit(run, pump, pump_port, example):
    pump.refusals[messages.PRESCRIBE] = (
        codes.INVALID_FIELD, FIELDS.index("basal_ng_per_day"), 2_400_000, 2_000_000)
    code, out, err = run("prescribe", example, "-p", pump_port, "--yes")
    assert (code, out) == (ExitCode.DEVICE, "")
    assert "invalid_field (basal.rate: 2.4 mg/day, limit 2 mg/day)" in err


def test_start_stop_refill_and_calibrate_say_what_is_now_true(run, pump, pump_port):
    assert run("start", "-p", pump_port)[0] == 0
    assert pump.state.mode == codes.RUNNING
    assert json.loads(run("stop", "-p", pump_port, "--json")[1])["stopped"] is True
    assert pump.state.mode == codes.STOPPED
    code, out, _ = run("refill", "18 mL", "-p", pump_port)
    assert (code, pump.state.reservoir_nl) == (0, 18_000_000)
    assert "18 mL" in out
    line = ("calibrate", "--serial", "TV000001", "--stroke", "251.25 nL", "-p", pump_port)
    code, out, _ = run(*line)
    assert (code, pump.state.stroke_pl, pump.state.sensed_pl) == (0, 251_250, 0)
    assert "251.25 nL" in out
    assert run(*line, "--sensed", "249 nL")[0] == 0
    assert pump.state.sensed_pl == 249_000


def test_a_lost_start_is_uncertain(run, pump, pump_port, monkeypatch):
    monkeypatch.setattr(client.PumpClient.__init__, "__defaults__", (0.5, None, 1.0))
    pump.ignored.add(messages.START)
    code, out, err = run("start", "-p", pump_port)
    assert (code, out) == (ExitCode.UNCERTAIN, "")
    assert "UNCERTAIN" in err


def test_a_refused_start_tells_what_to_do(run, pump, pump_port):
    pump.refusals[messages.START] = (codes.NO_PRESCRIPTION, 0, 0, 0)
    code, _, err = run("start", "-p", pump_port)
    assert code == ExitCode.DEVICE
    assert err == (
        "thecal: the pump refused start: no_prescription; "
        "send one first: `thecal prescribe FILE`\n"
    )


def test_another_protocol_is_told_before_anything_is_asked(connect, run, pump):
    pump.protocol = 9
    peer = connect(pump)
    code, _, err = run("start", "-p", peer.port)
    assert code == ExitCode.PROTOCOL
    assert "protocol 9" in err
    assert peer.kinds() == [messages.HELLO]


@pytest.mark.parametrize("volume", ["18", "18 mg", "18,5 mL", "-1 mL"])
def test_a_volume_that_is_none_is_usage_and_opens_no_port(run, volume):
    code, _, err = run("refill", "-p", "/dev/no-such-port", "--", volume)
    assert code == ExitCode.USAGE
    assert err.startswith(f'thecal: VOLUME: "{volume}"')


def test_a_serial_that_does_not_fit_is_usage(run):
    code, _, err = run("calibrate", "--serial", "TV0000000001", "--stroke", "250 nL")
    assert code == ExitCode.USAGE
    assert "1 to 11 ASCII" in err


# --- log read ----------------------------------------------------------------
def test_log_read_writes_a_line_per_record_and_says_what_is_missing(run, pump, pump_port, tmp_path):
    pump.slots += [b"\x01" * 32, slot(5, events.PAIN_SCORE, 7)]
    output, raw = tmp_path / "log.jsonl", tmp_path / "log.bin"
    code, out, err = run("log", "read", "-p", pump_port, "-o", output, "--raw", raw)
    assert (code, err) == (0, "")
    records = [json.loads(line) for line in output.read_text().splitlines()]
    assert [(r["seq"], r["type"]) for r in records] == [(1, "boot"), (2, "mode"), (5, "pain_score")]
    assert out == "3 records from number 1 on, 1 gaps (2 records missing), 1 torn\n"
    assert raw.read_bytes() == b"".join(pump.slots)


def test_log_read_sums_up_as_json(run, pump_port, tmp_path):
    code, out, _ = run("log", "read", "-p", pump_port, "-o", tmp_path / "x", "--json")
    summary = json.loads(out)
    assert code == 0
    assert (summary["records"], summary["torn"], summary["missing"]) == (2, 0, 0)
    assert (summary["first_seq"], summary["next_seq"], summary["gaps"]) == (1, 3, [])


def test_a_log_with_an_unknown_record_keeps_the_raw_bytes_and_writes_no_history(
    run, pump, pump_port, tmp_path
):
    pump.slots.append(slot_of_unknown_type(3))
    output, raw = tmp_path / "log.jsonl", tmp_path / "log.bin"
    code, out, err = run("log", "read", "-p", pump_port, "-o", output, "--raw", raw)
    assert (code, out) == (ExitCode.PROTOCOL, "")
    assert "record 3 has unknown type 200" in err
    assert raw.stat().st_size == 96
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.bin"]


def test_a_log_that_cannot_be_written_is_the_environment(run, pump_port, tmp_path):
    code, _, err = run("log", "read", "-p", pump_port, "-o", tmp_path / "none" / "log.jsonl")
    assert code == ExitCode.ENVIRONMENT
    assert "cannot be written: No such file or directory" in err


# --- ports and virtual -------------------------------------------------------
def test_ports_lists_pumps_for_people_and_for_programs(run, monkeypatch):
    pump = ports.PumpPort("/dev/pts/7", "TV000001", "virtual", 1)
    monkeypatch.setattr(ports_module, "find_pumps", lambda: [pump])
    code, out, _ = run("ports")
    assert code == 0
    assert out.split() == ["port", "serial", "kind", "/dev/pts/7", "TV000001", "virtual"]
    assert json.loads(run("ports", "--json")[1]) == [
        {"port": "/dev/pts/7", "serial": "TV000001", "kind": "virtual", "pid": 1}]


def test_virtual_outside_a_checkout_is_the_environment(run, monkeypatch, tmp_path):
    monkeypatch.setattr(virtual_module.thecal, "__file__", str(tmp_path / "a/b/c/__init__.py"))
    code, _, err = run("virtual")
    assert code == ExitCode.ENVIRONMENT == ToolMissing.exit_code
    assert err.count("\n") == 1


RIG = """
import json, sys, time
try:
    print(json.dumps(sys.argv[1:]), flush=True)
    time.sleep(float(sys.argv[sys.argv.index("--speed") + 1]))
except KeyboardInterrupt:
    sys.exit(7)
sys.exit(5)
"""
RUN = """
import sys, thecal
from thecal.cli import virtual
from thecal.cli.main import main
thecal.__file__, virtual._GRACE_S = sys.argv[1], float(sys.argv[2])
sys.exit(main(["virtual", *sys.argv[3:]]))
"""


@pytest.fixture
def start_virtual(tmp_path):
    """Starts `thecal virtual` from a checkout whose rig is the small program above."""
    rigs = tmp_path / "hil" / "rigs"
    rigs.mkdir(parents=True)
    # Without these the real `hil` would win, which is a package.
    for package in (rigs.parent, rigs):
        (package / "__init__.py").touch()
    (rigs / "virtual.py").write_text(RIG)
    inside = str(tmp_path / "host" / "thecal" / "__init__.py")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    started = []

    def start(*arguments: str, grace_s: float = 20) -> subprocess.Popen[str]:
        started.append(subprocess.Popen(
            [sys.executable, "-c", RUN, inside, str(grace_s), *arguments], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_virtual_hands_on_its_options_and_the_rigs_exit_code(start_virtual, tmp_path):
    process = start_virtual("--speed", "0", "--state", "flash.bin")
    out, _ = process.communicate(timeout=20)
    assert json.loads(out) == ["--speed", "0", "--state", str(Path.cwd() / "flash.bin")]
    assert process.returncode == 5


def test_ctrl_c_at_the_terminal_lets_the_rig_end_by_itself(start_virtual):
    process = start_virtual("--speed", "60")
    process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(10) == 7


def test_an_interrupt_that_the_rig_did_not_get_ends_it_all_the_same(start_virtual):
    process = start_virtual("--speed", "60", grace_s=0.1)
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == ExitCode.INTERRUPTED


def test_the_rig_does_not_outlive_a_terminated_command(start_virtual):
    process = start_virtual("--speed", "60")
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    # The pipe closes when the rig, which holds it too, is gone.
    out, _ = process.communicate(timeout=10)
    assert (out, process.returncode) == ("", ExitCode.INTERRUPTED)
