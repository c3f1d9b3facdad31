"""`thecal status`, `clock` and `alarms`: what is shown, and the exit codes."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.host.prescriptions import GOOD, PROFILE
from thecal.cli import clock as clock_module
from thecal.device import client
from thecal.errors import ExitCode
from thecal_wire import codes, messages

pytestmark = pytest.mark.usefixtures("alone")


def test_status_before_the_first_prescription(run, pump_port):
    code, out, _ = run("status", "-p", pump_port)
    assert code == 0
    assert "stopped" in out
    assert "none; send one: thecal prescribe FILE" in out
    assert json.loads(run("status", "-p", pump_port, "--json")[1])["therapy"] is None


def test_status_of_a_running_pump_speaks_dose_and_volume(run, prescribed, pump_port):
    run("start", "-p", pump_port)
    prescribed.state.lockout_left_s = 14_354
    code, out, _ = run("status", "-p", pump_port)
    assert code == 0
    for text in (
        "10,000 nL/h = 2.4 mg/day of morphine", "3 h 59 min 14 s left", "1 of 4 in 24 h",
        "0.2 mg (no limit)", "0.8 mg (no limit)", "2.413 mg of at most 2.75 mg",
        "17.98 mL measured, 18 mL by strokes", "(in 66 d 16 h with every bolus used)",
        "0.288 mL left, 0 mL since the refill", "2.95 V", "37.0 degC",
        "2026-01-01 01:00:00 (+01:00)", "1 d 1 h 1 min 1 s",
    ):  # fmt: skip
        assert text in out, text
    assert "clinician bolus" not in out
    assert "profile" not in out


def test_status_tells_of_boluses_profiles_and_limits(run, prescribed, pump_port):
    day = replace(PROFILE, profile_start_quarter=24, bolus_count_per_24h=3)
    prescribed.record = replace(
        GOOD, profiles=(PROFILE, day), limit_1h_ng=350_000, limit_4h_ng=900_000).to_bytes()
    prescribed.state.profile, prescribed.state.clinician_left_s = 1, 1_800
    prescribed.state.refill_in_h = 0
    out = run("status", "-p", pump_port)[1]
    for text in ("5 uL, 30 min left", "2 of 2, from 06:00: 0.1 mg", "1 of 3 in 24 h",
                 "0.2 mg of at most 0.35 mg", "0.8 mg of at most 0.9 mg", "refill by        now"):
        assert text in out, text


def test_status_as_json_has_all_that_the_pump_tells(run, prescribed, pump_port):
    result = json.loads(run("status", "-p", pump_port, "--json")[1])
    assert set(messages.THERAPY_FIELDS[1]) < set(result["therapy"])
    assert result["therapy"]["refill_by"].endswith(":00")
    prescribed.state.refill_in_h = 0xFFFFFFFF
    result = json.loads(run("status", "-p", pump_port, "--json")[1])
    assert result["therapy"]["refill_by"] is None


@pytest.mark.parametrize("mode", [codes.MINIMUM, codes.PRIMING])
def test_status_names_the_mode(run, prescribed, pump_port, mode):
    prescribed.state.mode = mode
    assert codes.MODES[mode] in run("status", "-p", pump_port)[1]


def test_status_is_a_fault_while_an_alarm_waits_for_a_clinician(run, pump, pump_port):
    pump.state.alarms = 1 << codes.STALL
    code, out, _ = run("status", "-p", pump_port)
    assert code == ExitCode.DEVICE
    assert "ALARM stall (high): The rotor does not turn" in out
    code, out, _ = run("status", "-p", pump_port, "--json")
    result = json.loads(out)["status"]
    assert code == ExitCode.DEVICE
    assert result["in_fault"] is True
    assert [alarm["name"] for alarm in result["alarms"]] == ["stall"]


# --- alarms ------------------------------------------------------------------
def test_no_alarm_is_said(run, pump_port):
    code, out, _ = run("alarms", "-p", pump_port)
    assert (code, out) == (0, "Pump TV000001 has no active alarm.\n")


def test_alarms_tell_what_to_do_most_urgent_first(run, pump, pump_port):
    pump.state.alarms = 1 << codes.STUCK_BUTTON | 1 << codes.STALL
    code, out, _ = run("alarms", "-p", pump_port)
    assert code == ExitCode.DEVICE
    assert out.index("stall") < out.index("stuck_button")
    assert "1 h" in out and "latched" in out and "treat withdrawal" in out
    code, out, _ = run("alarms", "-p", pump_port, "--json")
    found = json.loads(out)["alarms"]
    assert [(a["name"], a["latched"], a["lasted_s"]) for a in found] == [
        ("stall", True, 3_600), ("stuck_button", False, 3_600)]


def test_an_alarm_that_is_not_latched_is_no_fault(run, pump, pump_port):
    pump.state.alarms = 1 << codes.STUCK_BUTTON
    assert run("alarms", "-p", pump_port)[0] == 0


@pytest.mark.parametrize("port_first", [True, False])
def test_acknowledge_ends_what_is_latched_and_shows_the_rest(run, pump, pump_port, port_first):
    pump.state.alarms = 1 << codes.STUCK_BUTTON | 1 << codes.STALL
    port = ("-p", pump_port)
    line = ("alarms", *port, "acknowledge") if port_first else ("alarms", "acknowledge", *port)
    code, out, _ = run(*line)
    assert code == 0
    assert out.startswith("Acknowledged on pump TV000001: stall.\n")
    assert "stuck_button" in out
    assert pump.state.alarms == 1 << codes.STUCK_BUTTON


def test_acknowledge_as_json_lists_what_is_left(run, pump, pump_port):
    pump.state.alarms = 1 << codes.STALL
    out = run("alarms", "acknowledge", "-p", pump_port, "--json")[1]
    assert json.loads(out) == {"serial": "TV000001", "alarms": []}


def test_a_lost_acknowledge_is_uncertain(run, pump, pump_port, monkeypatch):
    monkeypatch.setattr(client.PumpClient.__init__, "__defaults__", (0.5, None, 1.0))
    pump.state.alarms = 1 << codes.STALL
    pump.ignored.add(messages.ACKNOWLEDGE)
    code, out, err = run("alarms", "acknowledge", "-p", pump_port)
    assert (code, out) == (ExitCode.UNCERTAIN, "")
    assert "the pump reports stall" in err


# --- clock -------------------------------------------------------------------
@pytest.fixture
def noon(monkeypatch):
    """This computer's time: 2026-01-01 12:00 UTC, two hours ahead of it."""
    monkeypatch.setattr(clock_module.time, "time", lambda: 1_767_268_800.0)
    monkeypatch.setattr(clock_module, "_own_offset_min", lambda _: 120)


def test_clock_shows_both_times_and_the_difference(run, prescribed, pump_port, noon):
    code, out, _ = run("clock", "-p", pump_port)
    assert code == 0
    assert [line.split(maxsplit=1)[1].strip() for line in out.splitlines()] == [
        "2026-01-01 01:00:00 (+01:00)", "+01:00", "computer  2026-01-01 14:00:00 (+02:00)",
        "12 h behind this computer"]
    result = json.loads(run("clock", "-p", pump_port, "--json")[1])
    assert (result["utc_offset_min"], result["ahead_s"]) == (60, -43_200)


def test_a_clock_that_is_not_set_says_how_to_set_it(run, pump, pump_port):
    pump.state.wall_s = 0
    out = run("clock", "-p", pump_port)[1]
    assert "not set; set it: thecal clock set" in out
    assert "not told without a prescription" in out
    result = json.loads(run("clock", "-p", pump_port, "--json")[1])
    assert (result["wall"], result["utc_offset_min"], result["ahead_s"]) == (None, None, None)


def seconds(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("options", "wall", "offset"),
    [
        ((), "2026-01-01T12:00", 120),
        (("--offset", -210), "2026-01-01T12:00", -210),
        (("--time", "2026-03-29T08:30", "--offset", 60), "2026-03-29T07:30", 60),
        (("--time", "2026-03-29T08:30+02:00"), "2026-03-29T06:30", 120),
        (("--time", "2026-03-29T08:30Z"), "2026-03-29T08:30", 0),
        (("--time", "2026-03-29T08:30Z", "--offset", 60), "2026-03-29T08:30", 60),
    ],
)
def test_clock_set_sends_time_and_offset(run, pump, pump_port, noon, options, wall, offset):
    code, out, err = run("clock", "set", "-p", pump_port, *options)
    assert (code, err) == (0, "")
    assert (pump.state.wall_s, pump.state.utc_offset_min) == (seconds(wall), offset)
    assert out.startswith("Pump TV000001 is set to 2026-")


def test_a_time_without_a_zone_is_this_computers(run, pump, pump_port):
    result = json.loads(
        run("clock", "-p", pump_port, "set", "--time", "2026-03-29T08:30", "--json")[1])
    local = datetime.fromisoformat("2026-03-29T08:30").astimezone()
    assert result["wall_s"] == pump.state.wall_s == int(local.timestamp())
    assert result["utc_offset_min"] == local.utcoffset().total_seconds() // 60


@pytest.mark.parametrize(
    "options",
    [("--time", "tomorrow"), ("--time", "1969-01-01T00:00Z"), ("--time", "2107-01-01T00:00Z"),
     ("--offset", 841), ("--offset", "1 h")],
)
def test_a_time_that_is_none_is_usage_and_opens_no_port(run, options):
    code, out, err = run("clock", "set", "-p", "/dev/no-such-port", *options)
    assert (code, out) == (ExitCode.USAGE, "")
    assert "no-such-port" not in err


def test_a_lost_clock_is_settled_by_the_clock(run, prescribed, pump_port, monkeypatch):
    monkeypatch.setattr(client.PumpClient.__init__, "__defaults__", (0.5, None, 1.0))
    prescribed.deaf.add(messages.CLOCK)
    assert run("clock", "set", "-p", pump_port)[0] == 0
    prescribed.ignored.add(messages.CLOCK)
    code, _, err = run("clock", "set", "-p", pump_port, "--offset", 7)
    assert code == ExitCode.UNCERTAIN
    assert "UNCERTAIN" in err
