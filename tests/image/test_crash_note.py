"""The note that a crash leaves in the fault log."""

import pytest

from image.frozen.release import crash
from pump.app.build import BUILD
from pump.store import nor

FIRST_PAGE = nor.FAULT_LOG[0] * nor.BLOCK_BYTES
PAGES = nor.FAULT_LOG[1] * nor.PAGES_PER_BLOCK
HEAD = b"crash " + BUILD + b"\n"


class Flash:
    """Storage in memory; a program clears bits and stays within whole pages."""

    def __init__(self):
        self.data = bytearray(b"\xff" * nor.BLOCKS * nor.BLOCK_BYTES)

    def flash_read(self, address, count):
        return bytes(self.data[address : address + count])

    def flash_program(self, address, data):
        assert address % nor.PAGE_BYTES == 0 and len(data) == nor.PAGE_BYTES
        assert isinstance(data, bytearray)  # in RAM: flash cannot be read while it is programmed
        for i, value in enumerate(data):
            self.data[address + i] &= value

    def pages(self):
        start = FIRST_PAGE
        for _ in range(PAGES):
            yield bytes(self.data[start : start + nor.PAGE_BYTES])
            start += nor.PAGE_BYTES


@pytest.fixture
def flash():
    return Flash()


def test_a_note_says_which_build_crashed_and_how(flash):
    assert crash.keep(flash, "Traceback:\nValueError: 7\n") is True
    first, second, *_ = flash.pages()
    assert first.rstrip(b"\xff") == HEAD + b"Traceback:\nValueError: 7\n"
    assert second == b"\xff" * nor.PAGE_BYTES


def test_notes_follow_one_another(flash):
    for text in ("one", "two", "three"):
        crash.keep(flash, text)
    written = [page.rstrip(b"\xff") for page in flash.pages() if page != b"\xff" * len(page)]
    assert written == [HEAD + b"one", HEAD + b"two", HEAD + b"three"]


def test_a_pump_that_crashes_over_and_over_leaves_one_note(flash):
    for text in ("one", "one", "one", "two", "one"):
        crash.keep(flash, text)
    written = [page.rstrip(b"\xff") for page in flash.pages() if page != b"\xff" * len(page)]
    assert written == [HEAD + b"one", HEAD + b"two", HEAD + b"one"]


def test_the_end_of_a_long_traceback_is_kept(flash):
    crash.keep(flash, "x" * 1000 + "MemoryError: 12")
    page = next(flash.pages())
    assert page.startswith(HEAD + b"x") and page.endswith(b"MemoryError: 12")


def test_a_page_that_a_power_cut_left_torn_is_not_written_again(flash):
    flash.data[FIRST_PAGE + 100] = 0x7F
    crash.keep(flash, "next")
    torn, note, *_ = flash.pages()
    assert torn.count(0xFF) == nor.PAGE_BYTES - 1
    assert note.startswith(HEAD + b"next")


def test_a_full_fault_log_keeps_the_first_notes_and_nothing_else_is_touched(flash):
    for i in range(PAGES):
        assert crash.keep(flash, f"note {i}") is True
    before = bytes(flash.data)
    assert crash.keep(flash, "one too many") is False
    assert flash.data == before
    end = FIRST_PAGE + PAGES * nor.PAGE_BYTES
    assert set(before[:FIRST_PAGE] + before[end:]) == {0xFF}
