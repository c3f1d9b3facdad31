"""`thecal bolus`, `prime`, `refill` and `start`: questions, answers, lost replies."""

import json

import pytest
from click.testing import CliRunner

from thecal.cli import common
from thecal.cli.main import cli
from thecal.device import client
from thecal.errors import ExitCode
from thecal_wire import codes, messages

pytestmark = pytest.mark.usefixtures("alone")

BOLUS = ("bolus", "0.2 mg", "--over", "4 h")
PRIME = ("prime", "0.1 mL")
both = pytest.mark.parametrize("line", [BOLUS, PRIME], ids=["bolus", "prime"])


@pytest.fixture
def hurry(monkeypatch):
    """Replies are given up soon."""
    monkeypatch.setattr(client.PumpClient.__init__, "__defaults__", (0.3, None, 0.5))


@pytest.fixture
def ask(monkeypatch, pump_port):
    """Runs a command at a terminal with a person's answers."""
    monkeypatch.setattr(common, "is_terminal", lambda: True)

    def call(line, answers):
        return CliRunner().invoke(cli, [*line, "-p", pump_port], input=answers)

    return call


def test_a_bolus_is_given_once_and_told(run, prescribed, pump_port):
    code, out, err = run(*BOLUS, "-p", pump_port, "--yes")
    assert (code, err, prescribed.doses) == (0, "", [(200_000, 14_400)])
    assert out == (
        "Pump TV000001 accepted 0.2 mg over 4 h (order 42). Watch it: thecal status\n")


def test_a_prime_is_given_once_and_told(run, prescribed, pump_port):
    code, out, err = run(*PRIME, "-p", pump_port, "--yes")
    assert (code, err, prescribed.doses) == (0, "", [(100_000,)])
    assert "primes 0.1 mL in 12 min (order 42)" in out


@both
def test_doses_report_as_json(run, prescribed, pump_port, line):
    result = json.loads(run(*line, "-p", pump_port, "--yes", "--json")[1])
    assert (result["counter"], result["bolus_id"], result["reply_lost"]) == (42, 7, False)


def test_a_bolus_shows_what_it_means_before_it_asks(ask, prescribed):
    result = ask(BOLUS, "y\n200 ug\n")
    assert result.exit_code == 0
    assert "0.2 mg over 4 h: 20 uL of morphine 10 mg/mL, 5,000 nL/h beside" in result.output
    assert prescribed.doses == [(200_000, 14_400)]


def test_a_prime_shows_what_may_be_primed_before_it_asks(ask, prescribed):
    result = ask(PRIME, "y\n0.1 mL\n")
    assert result.exit_code == 0
    assert "0.1 mL takes 12 min; 0.288 mL may be primed" in result.output
    assert prescribed.doses == [(100_000,)]


@both
@pytest.mark.parametrize(
    ("answers", "code"),
    [("n\n", ExitCode.INTERRUPTED), ("y\n2 {0}\n", ExitCode.INTERRUPTED),
     ("y\n0.2\n", ExitCode.USAGE), ("y\n0.1 kg\n", ExitCode.USAGE)],
)
def test_a_dose_that_is_not_confirmed_twice_with_its_unit_is_not_sent(
    ask, prescribed, line, answers, code
):
    result = ask(line, answers.format(line[1].split()[1]))
    assert result.exception.exit_code == code
    assert prescribed.doses == []


@both
def test_without_a_terminal_a_dose_wants_a_yes_and_sends_nothing(run, prescribed, pump_port, line):
    code, out, err = run(*line, "-p", pump_port)
    assert (code, out, prescribed.doses) == (ExitCode.USAGE, "", [])
    assert "--yes" in err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (("bolus", "0.2", "--over", "1 h"), 'DOSE: "0.2" has no unit'),
        (("bolus", "0.2 mL", "--over", "1 h"), "DOSE: "),
        (("bolus", "0 mg", "--over", "1 h"), "DOSE: "),
        (("bolus", "0.2 mg", "--over", "60"), '--over: "60" has no unit'),
        (("bolus", "0.2 mg", "--over", "59 s"), '--over: "59 s" is out of range; choose 1 min to'),
        (("bolus", "0.2 mg", "--over", "7 h"), "--over: "),
        (("prime", "0.1 mg"), "VOLUME: "),
        (("prime", "0 mL"), "VOLUME: "),
        (("refill", "18 mL", "--withdrawn", "2"), '--withdrawn: "2" has no unit'),
        (("refill", "18 mL", "--withdrawn", "21 mL"), "--withdrawn: "),
    ],
)
def test_an_amount_that_is_none_is_usage_and_opens_no_port(run, line, says):
    code, out, err = run(*line, "-p", "/dev/no-such-port")
    assert (code, out) == (ExitCode.USAGE, "")
    assert err.startswith(f"thecal: {says}")


@both
def test_a_refused_dose_says_why_and_what_to_do(run, prescribed, pump_port, line):
    prescribed.refusals[messages.BOLUS] = (codes.DOSE_LIMIT, 0, 0, 0)
    prescribed.refusals[messages.PRIME] = (codes.MUST_STOP, 0, 0, 0)
    code, out, err = run(*line, "-p", pump_port, "--yes")
    assert (code, out) == (ExitCode.DEVICE, "")
    assert "dose_limit; the dose limit is reached" in err or "thecal stop" in err


@both
def test_a_dose_without_a_prescription_is_refused(run, pump, pump_port, line):
    code, _, err = run(*line, "-p", pump_port, "--yes")
    assert (code, pump.doses) == (ExitCode.DEVICE, [])
    assert "thecal prescribe FILE" in err


@both
def test_a_lost_reply_to_an_accepted_dose_is_told_and_done(
    connect, run, prescribed, hurry, line
):
    prescribed.deaf |= {messages.BOLUS, messages.PRIME}
    peer = connect(prescribed)
    code, out, _ = run(*line, "-p", peer.port, "--yes")
    assert code == 0
    assert "The reply was lost; its state shows that it has the order." in out
    assert sum(kind in (messages.BOLUS, messages.PRIME) for kind in peer.kinds()) == 1


@both
def test_a_lost_dose_is_not_given(connect, run, prescribed, hurry, line):
    prescribed.ignored |= {messages.BOLUS, messages.PRIME}
    peer = connect(prescribed)
    code, out, err = run(*line, "-p", peer.port, "--yes")
    assert (code, out) == (ExitCode.DEVICE, "")
    assert "NOT GIVEN" in err
    assert sum(kind in (messages.BOLUS, messages.PRIME) for kind in peer.kinds()) == 1


@both
def test_a_pump_that_stays_silent_leaves_a_dose_uncertain(connect, run, prescribed, hurry, line):
    def fall_silent(request):
        if request.kind in (messages.BOLUS, messages.PRIME):
            prescribed.ignored |= set(messages.NAMES)

    prescribed.deaf |= {messages.BOLUS, messages.PRIME}
    prescribed.before = fall_silent
    peer = connect(prescribed)
    code, out, err = run(*line, "-p", peer.port, "--yes")
    assert (code, out) == (ExitCode.UNCERTAIN, "")
    assert "UNCERTAIN" in err and "do not repeat it" in err
    assert sum(kind in (messages.BOLUS, messages.PRIME) for kind in peer.kinds()) == 1


@both
def test_a_pump_that_is_unplugged_and_comes_back_tells(
    connect, run, prescribed, line, monkeypatch
):
    """The port ends with the command; under its serial another port is found."""
    first, second = connect(prescribed), connect(prescribed)
    found = [first.port]

    def choose(_wanted):
        return found[-1]

    def unplug(request):
        if request.kind in (messages.BOLUS, messages.PRIME):
            found.append(second.port)
            first.vanish()

    prescribed.deaf |= {messages.BOLUS, messages.PRIME}
    prescribed.before = unplug
    monkeypatch.setattr(common.ports, "choose", choose)
    code, out, _ = run(*line, "-p", "id:TV000001", "--yes")
    assert code == 0
    assert "its state shows that it has the order" in out
    assert len(prescribed.doses) == 1


# --- refill and start --------------------------------------------------------
def test_a_refill_compares_what_was_withdrawn(run, pump, pump_port):
    pump.state.reservoir_nl = 2_100_000
    code, out, _ = run("refill", "18 mL", "--withdrawn", "2 mL", "-p", pump_port)
    assert (code, pump.state.withdrawn_nl) == (0, 2_000_000)
    assert "Withdrawn 2 mL, expected 2.1 mL: they agree." in out
    out = run("refill", "18 mL", "--withdrawn", "5 mL", "-p", pump_port)[1]
    assert "Withdrawn 5 mL, expected 18 mL: MISMATCH." in out
    result = json.loads(run("refill", "17 mL", "-p", pump_port, "--json")[1])
    assert (result["expected_nl"], result["withdrawn_nl"], result["mismatch"]) == (
        18_000_000, None, False)


def test_a_refill_without_a_measurement_says_what_was_expected(run, pump, pump_port):
    out = run("refill", "18 mL", "-p", pump_port)[1]
    assert "It expected 18 mL to be withdrawn" in out


def test_a_refill_whose_reply_was_lost_says_what_is_not_known(run, pump, pump_port, hurry):
    pump.deaf.add(messages.REFILL)
    code, out, _ = run("refill", "12 mL", "--withdrawn", "2 mL", "-p", pump_port)
    assert code == 0
    assert "The reply was lost" in out


def test_start_at_the_minimum_rate(run, pump, pump_port):
    code, out, _ = run("start", "--minimum", "-p", pump_port)
    assert (code, pump.state.mode) == (0, codes.MINIMUM)
    assert "started at its minimum rate" in out
    result = json.loads(run("start", "--acknowledge", "-p", pump_port, "--json")[1])
    assert (result["acknowledged"], result["minimum_rate"]) == (True, False)


def test_start_without_a_minimum_in_the_prescription_says_so(run, pump, pump_port):
    pump.refusals[messages.START] = (codes.INVALID_FIELD, 5, 0, 1)
    code, _, err = run("start", "--minimum", "-p", pump_port)
    assert code == ExitCode.DEVICE
    assert "the prescription has no basal.minimum" in err
