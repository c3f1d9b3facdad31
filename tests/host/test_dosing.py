"""Dose commands: sent once, and what a lost reply comes to."""

import struct

import pytest

from tests.host.peer import DirectLink, FakePump, refuse, reply
from tests.host.prescriptions import GOOD
from thecal.device import dosing
from thecal.device.answers import Given
from thecal.device.client import PumpClient
from thecal.errors import (
    DeviceRefused,
    ExitCode,
    NoPump,
    NoReply,
    NotGiven,
    OutcomeUncertain,
    PortGone,
)
from thecal_wire import codes, messages

ORDERS = {
    messages.BOLUS: (lambda client: client.bolus(200_000, 14_400), (200_000, 14_400)),
    messages.PRIME: (lambda client: client.prime(100_000), (100_000,)),
}
pytestmark = pytest.mark.parametrize("kind", ORDERS)


class Cable(DirectLink):
    """A link to a pump that can be pulled: after `dies_at` of a request it is gone for good."""

    def __init__(self, script, dies_at=None, *, before=False):
        super().__init__(script)
        self._dies_at, self._before, self._dead = dies_at, before, False

    def call(self, kind, payload=b"", timeout_s=5.0):
        if self._dead:
            raise PortGone("p", "unplugged", sent=False)
        if kind == self._dies_at:
            self._dead = True
            if not self._before:
                super().call(kind, payload, timeout_s)
            raise PortGone("p", "unplugged", sent=True)
        return super().call(kind, payload, timeout_s)


@pytest.fixture(autouse=True)
def prescribed(pump: FakePump, monkeypatch):
    pump.record, pump.generation = GOOD.to_bytes(), 1
    monkeypatch.setattr(dosing, "_PAUSE_S", 0.001)


@pytest.fixture
def order(kind):
    return ORDERS[kind][0]


def client(link, **options):
    return PumpClient(link, settle_s=options.pop("settle_s", 0.1), **options)


def test_a_dose_command_carries_the_counter_after_the_pumps(pump, kind, order):
    link = DirectLink(pump)
    assert order(client(link)) == Given(42, 7)
    assert pump.doses == [ORDERS[kind][1]]
    (sent,) = [request for request in link.requests if request.kind == kind]
    assert struct.unpack_from("<I", sent.payload) == (42,)
    assert order(client(link)) == Given(43, 7)


def test_a_refused_dose_is_refused_and_not_uncertain(pump, kind, order):
    pump.refusals[kind] = (codes.DOSE_LIMIT, 0, 0, 0)
    link = DirectLink(pump)
    with pytest.raises(DeviceRefused, match="dose_limit"):
        order(client(link))
    assert link.kinds().count(kind) == 1


def test_without_a_prescription_no_dose_is_sent(pump, kind, order):
    pump.record = b""
    link = DirectLink(pump)
    with pytest.raises(DeviceRefused, match="no_prescription"):
        order(client(link))
    assert kind not in link.kinds()


def test_a_pump_that_does_not_tell_its_counter_gets_no_dose(pump, kind, order):
    pump.ignored.add(messages.THERAPY)
    link = DirectLink(pump)
    with pytest.raises(NoReply):
        order(client(link))
    assert kind not in link.kinds()


def test_a_lost_reply_to_an_accepted_dose_is_told_by_the_counter(pump, kind, order):
    pump.deaf.add(kind)
    link = DirectLink(pump)
    given = order(client(link))
    assert (given, given.reply_was_lost) == (Given(42, None), True)
    assert (len(pump.doses), link.kinds().count(kind)) == (1, 1)


def test_a_dose_that_never_arrived_is_not_given_and_not_sent_again(pump, kind, order):
    pump.ignored.add(kind)
    link = DirectLink(pump)
    with pytest.raises(NotGiven, match="NOT GIVEN") as caught:
        order(client(link))
    assert caught.value.exit_code == ExitCode.DEVICE
    assert (pump.doses, link.kinds().count(kind)) == ([], 1)


@pytest.mark.parametrize("silent", [messages.THERAPY, messages.HELLO])
def test_a_pump_that_falls_silent_leaves_a_dose_uncertain(pump, kind, order, silent):
    pump.deaf.add(kind)
    pump.before = lambda request: pump.ignored.add(silent) if request.kind == kind else None
    link = DirectLink(pump)
    with pytest.raises(OutcomeUncertain, match="do not repeat it: read `thecal status`") as caught:
        order(client(link))
    assert caught.value.exit_code == ExitCode.UNCERTAIN
    assert link.kinds().count(kind) == 1


def test_an_answer_that_cannot_be_read_is_as_good_as_lost(pump, kind, order):
    def script(request):
        answer = pump(request)
        return reply(request, b"short") if request.kind == kind else answer

    link = DirectLink(script)
    assert order(client(link)) == Given(42, None)


def test_after_the_port_vanished_the_counter_is_read_over_a_new_one(pump, kind, order):
    fresh = DirectLink(pump)
    assert order(client(Cable(pump, kind), reopen=lambda: fresh)) == Given(42, None)
    with pytest.raises(NotGiven):
        order(client(Cable(pump, kind, before=True), reopen=lambda: fresh))
    assert kind not in fresh.kinds()
    assert len(pump.doses) == 1


def test_a_port_that_comes_back_late_is_waited_for(pump, kind, order):
    tries = []

    def reopen():
        tries.append(1)
        if len(tries) < 4:
            raise NoPump("not yet")
        return DirectLink(pump)

    assert order(client(Cable(pump, kind), reopen=reopen, settle_s=5)) == Given(42, None)


def test_a_silent_pump_is_asked_once_more_over_a_new_port(pump, kind, order):
    pump.deaf.add(kind)
    pump.before = lambda request: pump.ignored.add(messages.HELLO) if request.kind == kind else None
    other = FakePump()
    other.record, other.state.counter = pump.record, 42
    assert order(client(DirectLink(pump), reopen=lambda: DirectLink(other))) == Given(42, None)


def test_a_port_that_never_comes_back_leaves_a_dose_uncertain(pump, kind, order):
    def reopen():
        raise NoPump("none")

    with pytest.raises(OutcomeUncertain, match="no state either: none"):
        order(client(Cable(pump, kind), reopen=reopen))
    with pytest.raises(OutcomeUncertain, match="the port is gone"):
        order(client(Cable(pump, kind)))


def test_another_pump_on_the_port_proves_nothing(pump, kind, order):
    other = FakePump()
    other.record, other.SERIAL, other.state.counter = pump.record, b"TV000002", 99
    with pytest.raises(OutcomeUncertain, match="another pump"):
        order(client(Cable(pump, kind), reopen=lambda: DirectLink(other)))


def test_a_counter_that_went_back_proves_nothing(pump, kind, order):
    pump.ignored.add(kind)

    def forget(request):
        if request.kind == messages.HELLO and len(link.requests) > 2:
            pump.state.counter = 3

    pump.before = forget
    link = DirectLink(pump)
    with pytest.raises(OutcomeUncertain, match="went back from 41 to 3"):
        order(client(link))


def test_a_prescription_that_went_out_of_force_leaves_a_dose_uncertain(pump, kind, order):
    def script(request):
        if request.kind == kind:
            pump.record = b""
            return None
        return pump(request)

    with pytest.raises(OutcomeUncertain, match="no_prescription"):
        order(client(DirectLink(script)))


@pytest.mark.parametrize("runs", [True, False])
def test_already_to_ones_own_first_send_is_believed_only_if_it_runs(pump, kind, order, runs):
    def script(request):
        if request.kind == kind:
            pump(request)
            if not runs:
                pump.state.mode, pump.state.clinician_left_s = codes.STOPPED, 0
            return refuse(request, codes.ALREADY, 0, 42, 42)
        return pump(request)

    link = DirectLink(script)
    if runs:
        assert order(client(link)) == Given(42, None)
    else:
        with pytest.raises(OutcomeUncertain, match="already"):
            order(client(link))
    assert link.kinds().count(kind) == 1


def test_an_interrupt_before_the_reply_leaves_a_dose_uncertain(pump, kind, order):
    class Interrupted(DirectLink):
        def call(self, request_kind, payload=b"", timeout_s=5.0):
            if request_kind == kind:
                raise KeyboardInterrupt
            return super().call(request_kind, payload, timeout_s)

    with pytest.raises(OutcomeUncertain, match="interrupted"):
        order(client(Interrupted(pump)))


def test_a_dose_that_was_never_sent_is_not_uncertain(pump, kind, order):
    class Gone(DirectLink):
        def call(self, request_kind, payload=b"", timeout_s=5.0):
            if request_kind == kind:
                raise PortGone("p", "closed", sent=False)
            return super().call(request_kind, payload, timeout_s)

    with pytest.raises(PortGone):
        order(client(Gone(pump)))
