"""What can be asked of a pump, and what a lost reply means."""

from dataclasses import fields, replace

import pytest

from tests.host.peer import DirectLink
from tests.host.prescriptions import GOOD
from thecal.device.answers import Hello, LogInfo, Refilled, Status, Therapy
from thecal.device.client import PumpClient
from thecal.device.refusals import HINTS, refusal
from thecal.errors import (
    DeviceRefused,
    ExitCode,
    NoReply,
    OutcomeUncertain,
    PortGone,
    ProtocolMismatch,
)
from thecal.prescribing.record import Step
from thecal.wire import Frame
from thecal_wire import codes, messages
from thecal_wire import prescription as layout

RECORD = GOOD.to_bytes()
RATE, BOLUS = layout.FIELDS.index("basal_ng_per_day"), layout.FIELDS.index("bolus_ng")
COMMANDS = {
    messages.START: lambda client: client.start(),
    messages.STOP: lambda client: client.stop(),
    messages.PRESCRIBE: lambda client: client.prescribe(RECORD),
    messages.REFILL: lambda client: client.refill(12_000_000),
    messages.CALIBRATE: lambda client: client.calibrate("TV000001", 250_000),
    messages.ACKNOWLEDGE: lambda client: client.acknowledge(),
    messages.CLOCK: lambda client: client.set_clock(1_800_000_000, -210),
}


@pytest.fixture(autouse=True)
def prescribed(pump):
    """Most of what is asked here needs a prescription, and something to acknowledge."""
    pump.record, pump.generation = RECORD, 1
    pump.state.alarms = 1 << codes.STALL


@pytest.fixture
def client(pump):
    return PumpClient(DirectLink(pump))


def test_the_pump_says_who_it_is(client):
    assert client.hello() == Hello(1, "0.1.0", "TV000001", 3, "power_on", "test", "fake")


def test_a_pump_of_another_protocol_is_a_mismatch(client, pump):
    pump.protocol = 2
    with pytest.raises(ProtocolMismatch, match="protocol 2"):
        client.hello()


def test_status_has_the_fields_of_the_wire():
    assert tuple(f.name for f in fields(Status)) == messages.STATUS_FIELDS[1]
    assert tuple(f.name for f in fields(Therapy)) == messages.THERAPY_FIELDS[1]
    assert tuple(f.name for f in fields(LogInfo)) == messages.LOG_INFO_FIELDS[1]


def test_status_names_its_alarms_most_urgent_first(client, pump):
    pump.state.alarms = 1 << codes.STUCK_BUTTON | 1 << codes.STALL | 1 << 30
    status = client.status()
    assert [alarm.name for alarm in status.active_alarms] == [
        "stall", "unknown(30)", "stuck_button"]
    assert status.active_alarms[0].action == codes.ALARMS[codes.STALL][4]


@pytest.mark.parametrize(
    ("mode", "alarm", "fault"),
    [
        (codes.RUNNING, 0, False),
        (codes.SAFE, 0, True),
        (codes.STOPPED, 1 << codes.STALL, True),
        (codes.RUNNING, 1 << codes.STUCK_BUTTON, False),
        (codes.RUNNING, 1 << 30, True),
    ],
)
def test_safe_mode_latched_alarms_and_unknown_ones_are_a_fault(client, pump, mode, alarm, fault):
    pump.state.mode, pump.state.alarms = mode, alarm
    assert client.status().in_fault is fault


def test_alarms_tell_how_long_and_whether_they_are_latched(client, pump):
    pump.state.alarms = 1 << codes.STUCK_BUTTON | 1 << codes.STALL | 1 << 30
    found = [(alarm.name, alarm.latched, alarm.lasted_s) for alarm in client.alarms()]
    assert found == [
        ("stall", True, 3_600), ("unknown(30)", True, 3_600), ("stuck_button", False, 3_600)]


def test_an_alarm_reply_of_an_odd_length_is_a_mismatch():
    class Odd:
        def call(self, kind, payload=b"", timeout_s=5.0):
            return Frame(1, kind | messages.REPLY, 1, bytes(10))

    with pytest.raises(ProtocolMismatch, match="answer to alarms"):
        PumpClient(Odd()).alarms()


def test_no_prescription_and_then_one(client, pump):
    pump.record, pump.generation = b"", 0
    assert client.active().record is None
    committed = client.prescribe(RECORD)
    assert (committed.generation, committed.record) == (1, RECORD)
    assert client.active() == committed


def test_commands_reach_the_pump_once(client, pump):
    for command in COMMANDS.values():
        command(client)
    assert pump.state.reservoir_nl == 12_000_000
    assert (pump.state.stroke_pl, pump.state.sensed_pl) == (250_000, 0)
    assert (pump.state.wall_s, pump.state.utc_offset_min) == (1_800_000_000, -210)
    assert pump.state.alarms == 0
    assert pump.record == RECORD


def test_a_start_asks_for_what_was_said(client, pump):
    client.start(acknowledge=True, minimum_rate=True)
    assert (pump.state.mode, pump.state.alarms) == (codes.MINIMUM, 0)


def test_a_refill_tells_what_was_expected(client, pump):
    assert client.refill(19_000_000) == Refilled(18_000_000, False)
    assert pump.state.withdrawn_nl is None
    assert client.refill(18_000_000, 5_000_000) == Refilled(19_000_000, True)
    assert pump.state.withdrawn_nl == 5_000_000


def test_a_lost_start_at_the_minimum_is_not_settled_by_the_programmes_rate(pump):
    pump.state.mode = codes.RUNNING
    pump.ignored.add(messages.START)
    with pytest.raises(OutcomeUncertain, match="mode running"):
        PumpClient(DirectLink(pump)).start(minimum_rate=True)


def test_a_lost_clock_is_uncertain_where_its_offset_is_not_told(pump):
    pump.record = b""
    pump.deaf.add(messages.CLOCK)
    with pytest.raises(OutcomeUncertain, match="does not tell its offset"):
        PumpClient(DirectLink(pump)).set_clock(1_800_000_000, 0)


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_lost_reply_is_settled_by_the_state_if_it_shows_the_command_done(pump, kind):
    pump.state.mode = codes.RUNNING if kind == messages.STOP else codes.STOPPED
    pump.deaf.add(kind)
    link = DirectLink(pump)
    COMMANDS[kind](PumpClient(link))
    assert [request.kind for request in link.requests].count(kind) == 1


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_command_that_got_lost_is_uncertain_and_not_sent_again(pump, kind):
    pump.record = b"" if kind == messages.PRESCRIBE else RECORD
    pump.state.mode = codes.RUNNING if kind == messages.STOP else codes.STOPPED
    pump.ignored.add(kind)
    link = DirectLink(pump)
    with pytest.raises(OutcomeUncertain) as caught:
        COMMANDS[kind](PumpClient(link))
    assert caught.value.exit_code == ExitCode.UNCERTAIN
    assert "thecal status" in str(caught.value)
    assert link.kinds().count(kind) == 1


@pytest.mark.parametrize("kind", COMMANDS)
def test_without_a_state_to_read_a_lost_command_is_uncertain(kind):
    link = DirectLink(lambda request: None)
    with pytest.raises(OutcomeUncertain, match="no state either"):
        COMMANDS[kind](PumpClient(link))
    assert link.kinds().count(kind) == 1


@pytest.mark.parametrize("kind", COMMANDS)
def test_a_pump_that_vanishes_after_a_command_leaves_it_uncertain(kind):
    class Vanishing:
        def call(self, kind, payload=b"", timeout_s=5.0):
            raise PortGone("p", "read failed", sent=True)

    with pytest.raises(OutcomeUncertain):
        COMMANDS[kind](PumpClient(Vanishing()))


def test_a_command_that_was_never_sent_is_not_uncertain():
    class Gone:
        def call(self, kind, payload=b"", timeout_s=5.0):
            raise PortGone("p", "closed", sent=False)

    with pytest.raises(PortGone):
        PumpClient(Gone()).start()


def test_an_interrupt_before_the_reply_leaves_a_command_uncertain():
    class Interrupted:
        def call(self, kind, payload=b"", timeout_s=5.0):
            raise KeyboardInterrupt

    with pytest.raises(OutcomeUncertain, match="interrupted"):
        PumpClient(Interrupted()).start()


def test_a_lost_question_is_no_reply_and_not_uncertain(client, pump):
    pump.deaf.add(messages.STATUS)
    with pytest.raises(NoReply):
        client.status()


def test_a_refused_command_is_refused_and_not_uncertain(client, pump):
    pump.refusals[messages.START] = (codes.NO_PRESCRIPTION, 0, 0, 0)
    with pytest.raises(DeviceRefused, match="thecal prescribe FILE"):
        client.start()


def test_an_answer_of_the_wrong_length_is_a_mismatch():
    class Short:
        def call(self, kind, payload=b"", timeout_s=5.0):
            return Frame(1, kind | messages.REPLY, 1, b"short")

    with pytest.raises(ProtocolMismatch, match="answer to status has 5 bytes"):
        PumpClient(Short()).status()
    with pytest.raises(ProtocolMismatch):
        PumpClient(Short()).log_read(0, 1)


@pytest.mark.parametrize("info", [(256, 256, 0, 1, 32), (256, 0, 256, 1, 32), (256, 0, 0, 1, 64)])
def test_a_log_that_does_not_add_up_is_a_mismatch(info):
    class Odd:
        def call(self, kind, payload=b"", timeout_s=5.0):
            return Frame(1, kind, 1, messages.pack(messages.LOG_INFO_FIELDS, *info))

    with pytest.raises(ProtocolMismatch):
        PumpClient(Odd()).log_info()


@pytest.mark.parametrize("serial", ["", "TV0000000001", "TV\u00d6"])
def test_a_serial_that_does_not_fit_is_never_sent(serial):
    with pytest.raises(ValueError, match="not a serial"):
        PumpClient(None).calibrate(serial, 250_000)


def test_every_refusal_of_the_wire_has_a_hint():
    assert set(HINTS) == set(codes.ERRORS)


@pytest.mark.parametrize(
    ("command", "numbers", "detail"),
    [
        (messages.PRESCRIBE, (codes.INVALID_FIELD, RATE + (2 << 5), 100_000, 480_000),
         "invalid_field (basal.steps[3].rate: 0.1 mg/day, limit 0.48 mg/day)"),
        (messages.PRESCRIBE, (codes.INVALID_FIELD, BOLUS + (1 << 5), 1, 2),
         "(patient_bolus.profiles[2].dose: 1 ng, limit 2 ng)"),
        (messages.PRESCRIBE, (codes.INVALID_FIELD, layout.FIELDS.index("step_weekdays"), 0, 1),
         "(basal.steps[1].days: no day, limit mon)"),
        (messages.PRESCRIBE,
         (codes.INVALID_FIELD, layout.FIELDS.index("profile_start_quarter") + 32, 24, 24),
         "(patient_bolus.profiles[2].start: 06:00, limit 06:00)"),
        (messages.PRESCRIBE, (codes.TOO_SMALL, 4, 10_000, 8_620),
         "too_small (drug.concentration: 10 mg/mL, limit 8.62 mg/mL)"),
        (messages.PRESCRIBE, (codes.INVALID_FIELD, 1, 4, 0), "invalid_field (flags: 4, limit 0)"),
        (messages.PRESCRIBE, (codes.INVALID_FIELD, 31, 4, 0), "field 31: 4, limit 0"),
        (messages.CALIBRATE, (codes.BAD_RANGE, 1, 300_000, 290_000),
         "bad_range (300 nL, limit 290 nL)"),
        (messages.CALIBRATE, (codes.BAD_RANGE, 2, 100_000, 125_000), "(100 nL, limit 125 nL)"),
        (messages.REFILL, (codes.BAD_RANGE, 0, 21_000_000, 20_000_000), "(21 mL, limit 20 mL)"),
        (messages.BOLUS, (codes.BAD_RANGE, 2, 60, 14_400), "bad_range (1 min, limit 4 h)"),
        (messages.BOLUS, (codes.BAD_RANGE, 0, 44, 43), "bad_range (44, limit 43)"),
        (messages.BOLUS, (codes.TOO_SMALL, 0, 0, 0), "refused bolus: too_small; a bolus takes 20"),
        (messages.BOLUS, (codes.ALREADY, 0, 42, 43), "(command 42, the last accepted is 43)"),
        (messages.PRIME, (codes.TOO_SMALL, 1, 100, 250), "too_small (100 nL, limit 250 nL)"),
        (messages.PRIME, (codes.PRIME_CAP, 0, 88_000, 0), "(88 uL left until the next refill)"),
        (messages.CLOCK, (codes.BAD_RANGE, 1, 841, 840), "bad_range (841 min, limit 14 h)"),
        (messages.START, (codes.LONG_STOP, 0, 180_000, 172_800), "(no stroke for 2 d 2 h)"),
        (messages.START, (codes.RESERVOIR, 0, 900_000, 1_000_000), "(0.9 mL, limit 1 mL)"),
        (messages.START, (codes.INVALID_FIELD, 5, 0, 1), "(the prescription has no basal.minimum)"),
        (messages.LOG_READ, (codes.BAD_RANGE, 0, 129, 128), "(129, limit 128)"),
        (messages.START, (codes.ALARM, 0, 1 << codes.STALL | 1 << codes.OCCLUSION, 0),
         "alarm (stall, occlusion); see `thecal alarms`"),
        (messages.START, (200, 0, 0, 0), "unknown(200)"),
    ],
)
def test_a_refusal_says_what_and_why_in_the_words_of_the_file(command, numbers, detail):
    error = refusal(command, messages.pack(messages.ERROR_FIELDS, *numbers))
    assert detail in str(error)


def test_every_field_of_the_record_is_named_in_a_refusal():
    for index, name in enumerate(layout.FIELDS):
        assert index < 32
        payload = messages.pack(messages.ERROR_FIELDS, codes.INVALID_FIELD, index, 1, 2)
        place = refusal(messages.PRESCRIBE, payload).detail
        assert place.startswith(name if name in ("version", "flags") else ("device", "drug",
                                "basal", "patient_bolus", "limits", "periodic_bolus", "catheter",
                                "reservoir", "reminder"))


@pytest.mark.parametrize("number", [0, 7, 8, 9, 17, 23])
def test_a_refusal_names_the_entry_at_fault_among_many(number):
    steps = [Step(layout.EVERY_DAY, q, 2_400_000) for q in range(24)]
    steps[number] = replace(steps[number], basal_ng_per_day=100)
    record = replace(GOOD, steps=tuple(steps)).to_bytes()
    field = RATE + (number << 5)
    payload = messages.pack(messages.ERROR_FIELDS, codes.INVALID_FIELD, field, 100, 480_000)
    detail = refusal(messages.PRESCRIBE, payload, record).detail
    assert detail.startswith(f"basal.steps[{number + 1}].rate: ")


def test_a_refusal_names_no_entry_of_a_prescription_that_has_none():
    numbers = (codes.INVALID_FIELD, RATE, 2_400_000, 480_000)
    error = refusal(messages.PRESCRIBE, messages.pack(messages.ERROR_FIELDS, *numbers), RECORD)
    assert error.detail.startswith("basal.rate: ")
    numbers = (codes.INVALID_FIELD, BOLUS, 100_000, 2)
    error = refusal(messages.PRESCRIBE, messages.pack(messages.ERROR_FIELDS, *numbers), RECORD)
    assert error.detail.startswith("patient_bolus.dose: ")
