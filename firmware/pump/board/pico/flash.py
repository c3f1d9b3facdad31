"""The storage area as raw blocks on the Pico's own flash, W25Q16JV. [W25Q16JV]

`rp2.Flash` takes programs of whole, aligned 256-byte pages only: an unaligned
one is accepted silently and programs whatever lies behind the buffer. So a part
of a page is laid over a page of 0xFF, which changes nothing elsewhere. Data is
copied to RAM first: while flash is programmed, nothing in flash can be read.
"""

import rp2

BLOCK_BYTES = 4096
PAGE_BYTES = 256
RESERVED_BYTES = 64 * 1024  # before our blocks: the file system of a development image


_FEW_BYTES = 32  # a mark or a record

_BLANK_PAGE = b"\xff" * PAGE_BYTES
_BLANK_BLOCK = b"\xff" * BLOCK_BYTES


class Flash:
    """Reads, programs and erases the 368 blocks that store/nor.py divides."""

    def __init__(self):
        self._flash = rp2.Flash()
        self._first_block = RESERVED_BYTES // BLOCK_BYTES
        self._page = bytearray(_BLANK_PAGE)  # blank between two programs
        self._view = memoryview(self._flash)  # pyright: ignore[reportArgumentType]

    def read(self, address, count):
        """A copy of `count` bytes."""
        buffer = bytearray(count)
        self.read_into(address, buffer)
        return buffer

    def read_into(self, address, buffer):
        """Fill `buffer`."""
        self._flash.readblocks(self._first_block + address // BLOCK_BYTES, buffer,
                               address % BLOCK_BYTES)

    def view(self, address, count):
        """`count` bytes in place; they change with the flash."""
        start = self._first_block * BLOCK_BYTES + address
        return self._view[start:start + count]

    def blank(self, address, count):
        """True if `count` bytes read 0xFF; looked at in place."""
        start = self._first_block * BLOCK_BYTES + address
        if count == BLOCK_BYTES:
            return self._view[start:start + count] == _BLANK_BLOCK
        for at in range(start, start + count, PAGE_BYTES):
            size = min(PAGE_BYTES, start + count - at)
            if self._view[at:at + size] != _BLANK_PAGE[:size]:
                return False
        return True

    def program(self, address, data):
        """Clear bits within one page."""
        page = self._page
        at = address % PAGE_BYTES
        count = len(data)
        if count <= _FEW_BYTES:  # one by one: a slice would take memory in the midst of a stroke
            for i in range(count):
                page[at + i] = data[i]
        else:
            page[at:at + count] = data
        start = address - at
        try:
            self._flash.writeblocks(self._first_block + start // BLOCK_BYTES, page,
                                    start % BLOCK_BYTES)
        finally:
            if count <= _FEW_BYTES:
                for i in range(at, at + count):
                    page[i] = 0xFF
            else:
                page[:] = _BLANK_PAGE

    def erase(self, block):
        """Erase one block: 45 ms typically, 400 ms at most, with interrupts off. [W25Q16JV]"""
        self._flash.ioctl(6, self._first_block + block)
