"""The outbox: nothing is lost or doubled, and a slow host ends the turn."""

import pytest

from pump.link.outbox import GIVE_UP_MS, IDLE_TURN_BYTES, TURN_BYTES, Outbox

PIECE = 4_096


class Port:
    """Takes at most `a_call` bytes a call, and `room` in all."""

    def __init__(self, a_call=PIECE, room=1 << 30):
        self.a_call, self.room = a_call, room
        self.got = bytearray()
        self.calls = 0

    def usb_write(self, data, start):
        self.calls += 1
        taken = bytes(data[start:start + min(self.a_call, self.room)])
        self.room -= len(taken)
        self.got += taken
        return len(taken)


class Stream:
    """Pieces of a long answer."""

    def __init__(self, pieces):
        self.pieces = [bytes([i % 251]) * PIECE for i in range(pieces)]
        self.all = b"".join(self.pieces)

    def piece(self):
        return self.pieces.pop(0) if self.pieces else None


def sent_in(port, outbox, most, turns=1_000):
    """Turns until it is empty."""
    for turn in range(turns):
        if outbox.empty():
            return turn
        outbox.write_some(port, turn, most)
    return turns


@pytest.mark.parametrize("a_call", [1, 63, 1_000, PIECE])
@pytest.mark.parametrize("most", [TURN_BYTES, IDLE_TURN_BYTES])
def test_replies_and_streams_arrive_whole_and_in_order(a_call, most):
    outbox, port, stream = Outbox(), Port(a_call), Stream(3)
    whole = b"first" + stream.all + b"last"
    outbox.put(b"first")
    outbox.put_stream(stream)
    outbox.put(b"last")
    sent_in(port, outbox, most, 100_000)
    assert port.got == whole


def test_a_stream_of_a_turns_share_needs_no_second_turn():
    outbox, stream = Outbox(), Stream(IDLE_TURN_BYTES // PIECE)
    outbox.put(b"announced")
    outbox.put_stream(stream)
    assert sent_in(Port(), outbox, IDLE_TURN_BYTES) == 1


def test_a_turn_sends_its_share_and_the_piece_that_is_begun():
    outbox, port = Outbox(), Port()
    outbox.put_stream(Stream(40))
    outbox.write_some(port, 0, TURN_BYTES)
    assert TURN_BYTES <= len(port.got) < TURN_BYTES + PIECE


def test_a_write_that_does_not_go_whole_ends_the_turn():
    outbox, port = Outbox(), Port(a_call=PIECE // 2)
    outbox.put_stream(Stream(40))
    outbox.write_some(port, 0, IDLE_TURN_BYTES)
    assert port.calls == 1


def test_a_host_that_takes_nothing_costs_one_try_a_turn_and_is_given_up():
    outbox, port = Outbox(), Port(room=10)
    outbox.put(b"0123456789abcdef")
    outbox.write_some(port, 0)
    assert outbox.retry_ms() == 0
    before = port.calls
    outbox.write_some(port, 100)
    assert port.calls == before + 1
    assert outbox.retry_ms() > 0
    outbox.write_some(port, 100 + GIVE_UP_MS + 1)
    assert outbox.empty()
    assert outbox.dropped == 6
    outbox.put(b"new")
    port.room = 100
    outbox.write_some(port, 6_000)
    assert port.got == b"0123456789new"
