"""One tally page: whole or nothing; a mark counts from its first bit on."""

import random

import pytest

from pump.store import pages
from pump.store.nor import PAGE_BYTES


def page_of(kind, **fields):
    """The 256 bytes of a page as they stand in flash."""
    header = pages.Header()
    for name, value in {"seq": 7, "kind": kind, "mono_s": 86_399, "total": 123, **fields}.items():
        setattr(header, name, value)
    page = bytearray(range(pages.BODY_AT + pages.BODY_BYTES[kind]))
    pages.pack(page, header)
    return bytes(page) + b"\xff" * (PAGE_BYTES - len(page))


def marked(*marks):
    page = bytearray(page_of(pages.MARKS_PAGE))
    for number, mark in enumerate(marks):
        at = pages.MARKS_AT + pages.MARK_BYTES * number
        page[at : at + len(mark)] = mark
    return bytes(page)


@pytest.mark.parametrize("kind", sorted(pages.BODY_BYTES))
def test_a_page_reads_back_as_it_was_written(kind):
    fields = {"seq": 2**32 - 1, "boot": 65_535, "mono_s": 10**9, "total": 10**9, "bolus_id": 9,
              "reservoir_nl": 20_000_000, "wall_s": 1_800_000_000, "running": True,
              "in_bolus": True, "resumes": 6, "restarts": 255, "boots": 3,
              "latched": 0xFFFFFFFE, "priming": True, "in_clinician": True, "minimum_rate": True}
    header = pages.unpack(page_of(kind, **fields))
    assert {name: getattr(header, name) for name in fields} == fields


FLAGS = ["running", "in_bolus", "in_clinician", "priming", "minimum_rate"]


@pytest.mark.parametrize("flag", FLAGS)
def test_no_flag_is_taken_for_another(flag):
    header = pages.unpack(page_of(pages.STATE, **{flag: True}))
    assert [name for name in FLAGS if getattr(header, name)] == [flag] and header.resumes == 0
    header = pages.unpack(page_of(pages.STATE, resumes=7))
    assert not any(getattr(header, name) for name in FLAGS)


def test_counts_too_large_for_their_field_stay_at_its_end():
    header = pages.unpack(page_of(pages.STATE, resumes=64, restarts=256, boots=999))
    assert (header.resumes, header.restarts, header.boots) == (7, 255, 255)


@pytest.mark.parametrize("kind", sorted(pages.BODY_BYTES))
def test_one_wrong_bit_in_header_or_body_is_found(kind):
    page = page_of(kind)
    for bit in range(8 * (pages.BODY_AT + pages.BODY_BYTES[kind])):
        damaged = bytearray(page)
        damaged[bit // 8] ^= 1 << bit % 8
        assert pages.unpack(bytes(damaged)) is None


@pytest.mark.parametrize("kind", sorted(pages.BODY_BYTES))
def test_a_page_torn_at_any_byte_is_no_page(kind):
    page = page_of(kind)
    for done in range(pages.BODY_AT + pages.BODY_BYTES[kind]):
        torn = page[:done] + b"\xff" * (PAGE_BYTES - done)
        assert torn == page or pages.unpack(torn) is None


@pytest.mark.parametrize("filling", [b"\xff", b"\0"])
def test_an_empty_page_is_no_page(filling):
    assert pages.unpack(filling * PAGE_BYTES) is None


def test_noise_is_no_page():
    chance = random.Random(5)
    for _ in range(300):
        noise = bytearray(chance.randbytes(PAGE_BYTES))
        noise[6], noise[7] = chance.randrange(11), pages.VERSION
        assert pages.unpack(bytes(noise)) is None


def test_bodies_and_marks_fit_their_page():
    assert pages.BODY_AT + pages.BODY_BYTES[pages.MARKS_PAGE] <= pages.MARKS_AT
    assert pages.MARKS_AT + pages.MARKS * pages.MARK_BYTES <= PAGE_BYTES
    assert all(pages.BODY_AT + body <= PAGE_BYTES for body in pages.BODY_BYTES.values())


@pytest.mark.parametrize(
    ("marks", "made", "lasted_s"),
    [([], 0, 0), ([b"\0\0\xff"], 1, 0), ([b"\0\0\xff", b"\0\x19\xe6"], 2, 100),
     ([b"\0\0\xff", b"\0\x19\xe6", b"\0"], 3, 100),  # the third's time was not written
     ([b"\0\0\xff", b"\0\x19\xe6", b"\0\x30"], 3, 100),  # nor its complement
     ([b"\0\0\xff", b"\0\x19\xe7"], 2, 0),  # torn within the complement
     ([b"\xfe"], 1, 0), ([b"\0\xfe\x01"] * 16, 16, 1_016)],
)
def test_a_mark_counts_from_its_first_bit_and_its_time_only_whole(marks, made, lasted_s):
    page = marked(*marks)
    assert pages.unpack(page) is not None  # marks do not touch the page's own CRC
    assert pages.marks_made(page) == made
    assert pages.marks_lasted_s(page, made) == lasted_s
