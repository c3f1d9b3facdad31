"""The stream of a pump: frames and raw blocks come out whole, garbage never raises."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from thecal.device.demux import BULK_MAX_BYTES, FRAME_MAX_BYTES, Bulk, Demux
from thecal.wire import Frame
from thecal_wire import frame, messages

kinds = st.integers(0, 255).filter(lambda kind: kind != messages.BULK)
requests = st.integers(0, 0xFFFF)
frames = st.builds(Frame, st.just(1), kinds, requests, st.binary(max_size=300))
blocks = st.builds(
    Bulk, requests, st.integers(0, 2**32 - 1), st.binary(max_size=600), st.just(True)
)

heads = st.builds(
    lambda length: frame.encode(messages.BULK, 7, struct.pack("<III", 0, length, 0)),
    st.integers(0, BULK_MAX_BYTES + 1),
)


def encoded(item: Frame | Bulk) -> bytes:
    if isinstance(item, Frame):
        return frame.encode(item.kind, item.request, item.payload)
    return frame.bulk_head(messages.BULK, item.request, item.cursor, item.data) + item.data


def in_pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in zip(edges, edges[1:], strict=False)]


def fed(demux: Demux, pieces: list[bytes]) -> list[Frame | Bulk]:
    return [item for piece in pieces for item in demux.feed(piece)]


@given(st.lists(st.one_of(frames, blocks), max_size=6), st.lists(st.integers(0, 10**6), max_size=8))
def test_frames_and_blocks_come_out_as_they_went_in_however_they_are_cut(items, cuts):
    demux = Demux()
    assert fed(demux, in_pieces(b"".join(map(encoded, items)), cuts)) == items
    assert (demux.frames_dropped, demux.bytes_dropped) == (0, 0)


@given(st.lists(st.one_of(st.binary(max_size=2000), heads), max_size=6), frames)
def test_garbage_never_raises_and_the_next_frame_is_found(garbage, item):
    demux = Demux()
    fed(demux, [*garbage, b"\0"])
    # Blocks that the garbage announced have to be given up first, as the link does.
    while demux.in_bulk:
        demux.abandon_bulk()
    assert demux.feed(b"\0" + encoded(item))[-1] == item


@given(st.lists(st.one_of(frames, blocks), min_size=1, max_size=4), st.data())
def test_one_flipped_bit_never_changes_a_payload(items, data):
    stream = bytearray(b"".join(map(encoded, items)))
    at = data.draw(st.integers(0, len(stream) * 8 - 1))
    stream[at // 8] ^= 1 << at % 8
    demux = Demux()
    found = [*demux.feed(bytes(stream)), *demux.abandon_bulk()]
    good = [item for item in found if not isinstance(item, Bulk) or item.intact]
    assert all(item in items for item in good)


def test_a_block_of_zeros_is_not_cut_at_them():
    item = Bulk(7, 128, bytes(4096), True)
    assert Demux().feed(encoded(item)) == [item]


def test_an_empty_block_is_a_block():
    assert Demux().feed(encoded(Bulk(7, 0, b"", True))) == [Bulk(7, 0, b"", True)]


def test_a_block_with_a_wrong_crc_is_told_apart():
    data = bytearray(encoded(Bulk(7, 128, b"\1" * 64, True)))
    data[-1] ^= 1
    (found,) = Demux().feed(bytes(data))
    assert isinstance(found, Bulk)
    assert not found.intact


def test_the_frames_of_a_pump_that_restarted_within_a_block_are_found_again():
    boot = Frame(1, messages.TEXT, 0, b"boot")
    head = frame.bulk_head(messages.BULK, 7, 0, bytes(64))
    demux = Demux()
    assert demux.feed(head + b"\1" * 20 + b"\0" + encoded(boot)) == []
    assert demux.in_bulk
    assert demux.abandon_bulk() == [boot]
    # And without waiting for silence, once the announced length is reached.
    later = Demux().feed(head + b"\1" * 20 + b"\0" + encoded(boot) * 3)
    assert later[0] == Bulk(7, 0, later[0].data, False)
    assert later[1:] == [boot] * 3


def test_a_block_longer_than_any_pump_sends_is_not_waited_for():
    head = frame.encode(messages.BULK, 7, struct.pack("<III", 0, BULK_MAX_BYTES + 1, 0))
    item = Frame(1, 0x81, 7, b"x")
    demux = Demux()
    assert demux.feed(head + encoded(item)) == [item]
    assert demux.frames_dropped == 1


def test_a_stream_without_zeros_does_not_grow_in_memory_and_is_counted():
    demux = Demux()
    for _ in range(10):
        demux.feed(b"\1" * FRAME_MAX_BYTES)
    item = Frame(1, 0x81, 7, b"x")
    assert demux.feed(b"\1\0" + encoded(item)) == [item]
    assert demux.frames_dropped == 1
    assert demux.bytes_dropped == 10 * FRAME_MAX_BYTES + 1


def test_an_overlong_frame_is_dropped_whole_however_it_is_cut():
    overlong = b"\1" * (FRAME_MAX_BYTES + 1) + encoded(Frame(1, 0x81, 7, b"x"))
    valid = encoded(Frame(1, 0x81, 7, bytes(2 * FRAME_MAX_BYTES)))
    for stream in (overlong, valid):
        for cut in (0, FRAME_MAX_BYTES, FRAME_MAX_BYTES + 1):
            demux = Demux()
            assert fed(demux, [stream[:cut], stream[cut:]]) == []
            assert (demux.frames_dropped, demux.bytes_dropped) == (1, len(stream) - 1)
