"""The crash note: what went wrong just before a reset, for whoever examines the pump.

One page of the fault log for each, filled up with 0xFF:

    b"crash " build b"\n" then the end of the traceback, as much as fits

A pump that crashes over and over leaves one note of it. The first crashes tell most, and a handler
must not erase: once the fault log is full, later ones leave none.
"""

import io
import sys

from pump.app.build import BUILD
from pump.store import nor

LITTLEFS_BYTES = 64 * 1024  # before the pump's blocks; firmware/image/layout.py


class Storage:
    """The pump's blocks by themselves: a note must not need the board that may have failed."""

    def __init__(self):
        import rp2

        self._flash = rp2.Flash(start=LITTLEFS_BYTES, len=nor.BLOCKS * nor.BLOCK_BYTES)

    def flash_read(self, address, count):
        """Return `count` bytes."""
        data = bytearray(count)
        self._flash.readblocks(address // nor.BLOCK_BYTES, data, address % nor.BLOCK_BYTES)
        return data

    def flash_program(self, address, data):
        """Program one page; `data` is in RAM."""
        self._flash.writeblocks(address // nor.BLOCK_BYTES, data, address % nor.BLOCK_BYTES)


def describe(error):
    """Return the traceback of an exception as text."""
    text = io.StringIO()
    sys.print_exception(error, text)  # pyright: ignore[reportArgumentType]
    return text.getvalue()  # pyright: ignore[reportAttributeAccessIssue]


def keep(flash, text):
    """Write a note into the first blank page of the fault log; False if there is none.

    Nothing is written if the last note is the same.
    """
    region = nor.Region(flash, nor.FAULT_LOG)
    page = note(text)
    last = None
    for offset in range(0, region.blocks * nor.BLOCK_BYTES, nor.PAGE_BYTES):
        found = region.read(offset, nor.PAGE_BYTES)
        if nor.is_blank(found):
            if last != page:
                region.program(offset, page)
            return True
        last = found
    return False


def note(text):
    """Return one page: head, and the end of `text`."""
    page = bytearray(b"\xff" * nor.PAGE_BYTES)
    head = b"crash " + BUILD + b"\n"
    tail = text.encode()[len(head) - nor.PAGE_BYTES:]
    page[:len(head)] = head
    page[len(head):len(head) + len(tail)] = tail
    return page
