"""The link on a real pty: replies, refusals, silence, garbage and a pump that vanishes."""

import threading
import time

import pytest

from tests.host.bridge import Bridge
from tests.host.peer import Peer, bulk, refuse, reply
from thecal.device.demux import Bulk
from thecal.device.link import Link
from thecal.errors import (
    DamagedReply,
    DeviceRefused,
    ExitCode,
    NoReply,
    PortGone,
    PortUnusable,
    ProtocolMismatch,
)
from thecal_wire import cobs, codes, frame, messages

SOON_S = 0.15


def echo(request):
    return reply(request, request.payload)


def silent(request):
    return None


def test_a_reply_comes_back_to_its_caller(connect):
    with Link(connect(echo).port) as link:
        for payload in (b"", b"\0", bytes(200)):
            answer = link.call(messages.STATUS, payload)
            assert answer.payload == payload


def test_calls_from_several_threads_each_get_their_own_reply(connect):
    wrong = []

    def ask(link, number):
        for _ in range(50):
            if link.call(messages.STATUS, bytes([number])).payload != bytes([number]):
                wrong.append(number)

    with Link(connect(echo).port) as link:
        threads = [threading.Thread(target=ask, args=(link, n)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_text_goes_to_whoever_wants_it_and_not_to_a_caller(connect):
    heard = []

    def talking(request):
        text = frame.encode(messages.TEXT, 0, b"[1.000] boot\r\n")
        return text + echo(request) + text

    with Link(connect(talking).port, heard.append) as link:
        assert link.call(messages.STATUS, b"x").payload == b"x"
        assert link.call(messages.STATUS, b"y").payload == b"y"
    assert heard[:3] == [b"[1.000] boot\r\n"] * 3


def test_a_raw_block_comes_back_whole_between_frames(connect):
    data = bytes(range(256)) * 16

    def blocks(request):
        return bulk(request, 5, data) + frame.encode(messages.TEXT, 0, b"t")

    with Link(connect(blocks).port) as link:
        for _ in range(20):
            answer = link.call(messages.LOG_READ)
            assert isinstance(answer, Bulk)
            assert (answer.cursor, answer.data) == (5, data)


def test_a_damaged_block_is_an_error(connect):
    peer = connect(lambda request: bulk(request, 0, bytes(64))[:-1] + b"\1")
    with Link(peer.port) as link, pytest.raises(DamagedReply) as caught:
        link.call(messages.LOG_READ)
    assert caught.value.exit_code == ExitCode.ENVIRONMENT


def test_a_block_that_breaks_off_does_not_swallow_later_replies(connect):
    def broken_once(request):
        whole = bulk(request, 0, bytes(4096))
        return whole[:100] if request.payload == b"break" else echo(request)

    with Link(connect(broken_once).port) as link:
        with pytest.raises(NoReply):
            link.call(messages.LOG_READ, b"break", timeout_s=SOON_S)
        time.sleep(1.3)  # longer than the silence after which a block is given up
        assert link.call(messages.STATUS, b"x", timeout_s=1).payload == b"x"


def test_a_refusal_carries_its_code_its_numbers_and_a_hint(connect):
    peer = connect(lambda request: refuse(request, codes.LOCKOUT, 0, 14_354))
    with Link(peer.port) as link, pytest.raises(DeviceRefused) as caught:
        link.call(messages.START)
    error = caught.value
    assert (error.code, error.name, error.value) == (codes.LOCKOUT, "lockout", 14_354)
    assert error.exit_code == ExitCode.DEVICE
    assert "refused start: lockout (3 h 59 min 14 s left); wait" in str(error)


def test_silence_ends_after_the_time_given(connect):
    with Link(connect(silent).port) as link:
        began = time.monotonic()
        with pytest.raises(NoReply) as caught:
            link.call(messages.STATUS, timeout_s=SOON_S)
        assert SOON_S <= time.monotonic() - began < 4
    assert caught.value.exit_code == ExitCode.ENVIRONMENT


def test_a_late_reply_is_not_taken_for_the_next_one(connect):
    first = []

    def late(request):
        if not first:
            first.append(request)
            return None
        return reply(first[0], b"late") + reply(request, b"on time")

    with Link(connect(late).port) as link:
        with pytest.raises(NoReply):
            link.call(messages.STATUS, timeout_s=SOON_S)
        assert link.call(messages.STATUS).payload == b"on time"
        assert link.replies_unclaimed == 1


def test_nothing_is_ever_sent_twice(connect):
    peer = connect(silent)
    with Link(peer.port) as link, pytest.raises(NoReply):
        link.call(messages.START, b"\0", timeout_s=SOON_S)
    assert peer.kinds() == [messages.START]


def test_garbage_before_a_reply_is_dropped_and_counted(connect):
    with Link(connect(lambda r: b"\x07garbage\0\0\0\xff\xfe\0" + echo(r)).port) as link:
        assert link.call(messages.STATUS, b"x").payload == b"x"
        assert link.frames_dropped == 2


def test_a_reply_of_another_type_is_a_mismatch(connect):
    peer = connect(lambda request: frame.encode(0x99, request.request))
    with Link(peer.port) as link, pytest.raises(ProtocolMismatch, match="0x99") as caught:
        link.call(messages.STATUS)
    assert caught.value.exit_code == ExitCode.PROTOCOL


def test_a_frame_of_another_version_is_a_mismatch_whatever_its_request_id(connect):
    def newer(request):
        body = bytearray(cobs.decode(frame.encode(messages.STATUS, request.request ^ 0xFF)[:-1]))
        body[0] = 2
        body[-4:] = frame.binascii.crc32(body[:-4]).to_bytes(4, "little")
        return cobs.encode(bytes(body)) + b"\0"

    with Link(connect(newer).port) as link, pytest.raises(ProtocolMismatch, match="protocol 2"):
        link.call(messages.STATUS)


def test_a_pump_that_refuses_our_version_is_a_mismatch(connect):
    peer = connect(lambda request: refuse(request, codes.BAD_VERSION, 0, 1, 2))
    with Link(peer.port) as link, pytest.raises(ProtocolMismatch, match="refuses version 1"):
        link.call(messages.STATUS)


def test_a_pump_that_vanishes_wakes_its_caller_at_once(connect):
    peer = connect(silent)
    with Link(peer.port) as link:
        threading.Timer(SOON_S, peer.close).start()
        began = time.monotonic()
        with pytest.raises(PortGone) as caught:
            link.call(messages.STATUS, timeout_s=10)
        assert time.monotonic() - began < 5
        assert (caught.value.exit_code, caught.value.sent) == (ExitCode.ENVIRONMENT, True)
        # From then on it is known that nothing was sent.
        with pytest.raises(PortGone) as caught:
            link.call(messages.START, timeout_s=10)
        assert not caught.value.sent


def test_a_second_client_is_told_that_the_port_is_in_use(connect):
    port = connect(echo).port
    with Link(port):
        with pytest.raises(PortUnusable, match="another program uses it") as caught:
            Link(port)
        assert caught.value.busy
        assert caught.value.exit_code == ExitCode.ENVIRONMENT
    with Link(port) as link:
        assert link.call(messages.STATUS, b"x").payload == b"x"


@pytest.mark.parametrize("port", ["/dev/no-such-port", "nonsense://x", "rfc2217://127.0.0.1:1"])
def test_a_port_that_cannot_be_opened_is_told_as_such(port):
    with pytest.raises(PortUnusable) as caught:
        Link(port)
    assert not caught.value.busy
    assert port in str(caught.value)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:serial")
def test_a_pump_behind_a_terminal_server_answers_too(connect):
    data = bytes(range(256)) * 16
    peer = connect(lambda r: bulk(r, 0, data) if r.kind == messages.LOG_READ else echo(r))
    bridge = Bridge(peer.port)
    with Link(bridge.url) as link:
        assert link.call(messages.STATUS, b"\xff\0\xff").payload == b"\xff\0\xff"
        answer = link.call(messages.LOG_READ)
        assert isinstance(answer, Bulk)
        assert answer.data == data
    bridge.close()


def test_a_file_that_is_no_port_is_told_as_such(tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    with pytest.raises(PortUnusable):
        Link(str(path))


def test_a_closed_link_ends_its_thread_and_refuses_calls(connect):
    link = Link(connect(echo).port)
    link.close()
    link.close()
    assert not any(t.name == f"link {link.port}" for t in threading.enumerate())
    with pytest.raises(PortGone):
        link.call(messages.STATUS)


def test_raw_bytes_go_out_as_they_are(connect):
    peer = connect(echo)
    assert isinstance(peer, Peer)
    with Link(peer.port) as link:
        link.write_raw(b"\x01junk\0" + frame.encode(messages.STOP, 5))
        link.call(messages.STATUS)
    assert peer.kinds() == [messages.STOP, messages.STATUS]
