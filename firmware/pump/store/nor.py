"""The flash contract, and which blocks belong to whom.

A flash is anything with::

    flash_read(address, count) -> bytes
    flash_read_into(address, buffer)   fills it; allocates nothing
    flash_view(address, count)         the bytes, in place where the body can: not to be kept
    flash_blank(address, count)        True if all of it reads 0xFF
    flash_program(address, data)   clears bits, within one 256-byte page
    flash_erase(block)             sets one 4096-byte block to 0xFF

Addresses count from the start of the storage area. Data to be programmed
lives in RAM: on the Pico, code in flash cannot be read while it is programmed.
"""

BLOCK_BYTES = 4096
PAGE_BYTES = 256
PAGES_PER_BLOCK = BLOCK_BYTES // PAGE_BYTES

# Partitions as (first block, blocks); 368 blocks of 4096 bytes in all.
SLOTS = (0, 8)
TALLY = (8, 64)
FAULT_LOG = (72, 16)
EVENTS = (88, 280)
BLOCKS = 368


class FlashFault(Exception):
    """A program or erase did not read back as written; `address` says where."""

    def __init__(self, address):
        super().__init__("flash fault at address %d" % address)
        self.address = address


class Region:
    """One partition of a flash; offsets count from its start."""

    def __init__(self, flash, partition):
        self._flash = flash
        self._first_block, self.blocks = partition
        self._base = self._first_block * BLOCK_BYTES

    def read(self, offset, count):
        """Return `count` bytes."""
        return self._flash.flash_read(self._base + offset, count)

    def read_into(self, offset, buffer):
        """Fill `buffer`."""
        self._flash.flash_read_into(self._base + offset, buffer)

    def view(self, offset, count):
        """`count` bytes, in place where the body can: they change with the flash."""
        return self._flash.flash_view(self._base + offset, count)

    def program(self, offset, data):
        """Clear bits; `data` must stay within one page."""
        if offset % PAGE_BYTES + len(data) > PAGE_BYTES:
            raise ValueError("program crosses a page: offset %d" % offset)
        self._flash.flash_program(self._base + offset, data)

    def program_checked(self, offset, data, check):
        """Program and read back into `check`, as long as `data`; True if the flash holds it."""
        self.program(offset, data)
        self.read_into(offset, check)
        return check == data

    def erase(self, block):
        """Erase one block of the region."""
        self._flash.flash_erase(self._first_block + block)

    def blank(self, offset, count):
        """True if all bytes read 0xFF."""
        return self._flash.flash_blank(self._base + offset, count)


_BLANK = b"\xff" * PAGE_BYTES


def is_blank(data):
    """True if every byte is 0xFF; at most one page."""
    return data == (_BLANK if len(data) == PAGE_BYTES else _BLANK[:len(data)])
