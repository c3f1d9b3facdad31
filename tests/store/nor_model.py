"""NOR flash that can lose power at any byte of any program or erase, and wear out.

A program clears bits from left to right; the byte at which power goes has some of its bits done.
An erase that power ends leaves a mixture: `tear` says whether the bytes so far are blank and the
rest untouched ("front"), or whether every byte has some of its bits set ("mixed").
"""

import random

from pump.store.nor import BLOCK_BYTES, PAGE_BYTES, Region

ERASE_STEPS = 256  # an erase is as long as this many bytes of a program, for the budget


class PowerCut(Exception):
    """Power went in the middle of a flash operation."""


class Nor:
    """The flash contract of pump/store/nor.py.

    `budget` is the number of bytes that may still be programmed before power goes (None: for
    ever).
    """

    def __init__(self, blocks, seed=0, tear="front"):
        self.image = bytearray(b"\xff" * (blocks * BLOCK_BYTES))
        self.budget = None
        self.tear = tear
        self.chance = random.Random(seed)
        self.dead_pages = set()  # programs do nothing there
        self.weak_pages = set()  # programs leave one bit set that they should clear
        self.dead_blocks = set()  # erases do nothing there
        self.erased = [0] * blocks
        self.watch = None  # called before each operation with (kind, address, data)

    def flash_read(self, address, count):
        assert 0 <= address <= len(self.image) - count
        return bytes(self.image[address : address + count])

    def flash_view(self, address, count):
        return self.flash_read(address, count)

    def flash_blank(self, address, count):
        return self.flash_read(address, count) == b"\xff" * count

    def flash_read_into(self, address, buffer):
        buffer[:] = self.flash_read(address, len(buffer))

    def flash_program(self, address, data):
        data = bytes(data)
        assert address // PAGE_BYTES == (address + len(data) - 1) // PAGE_BYTES
        if self.watch:
            self.watch("program", address, data)
        if address // PAGE_BYTES in self.dead_pages:
            return
        done = self._spend(len(data))
        torn_program(self.image, address, data, done, self.chance)
        if address // PAGE_BYTES in self.weak_pages:
            weak = next(offset for offset, byte in enumerate(data) if byte != 0xFF)
            self.image[address + weak] |= ~data[weak] & (data[weak] + 1)  # its lowest zero
        if done < len(data):
            raise PowerCut

    def flash_erase(self, block):
        if self.watch:
            self.watch("erase", block * BLOCK_BYTES, b"")
        self.erased[block] += 1
        if block in self.dead_blocks:
            return
        done = self._spend(ERASE_STEPS)
        if done == ERASE_STEPS:
            start = block * BLOCK_BYTES
            self.image[start : start + BLOCK_BYTES] = b"\xff" * BLOCK_BYTES
        else:
            torn_erase(self.image, block, done * BLOCK_BYTES // ERASE_STEPS, self.tear, self.chance)
            raise PowerCut

    def _spend(self, wanted):
        if self.budget is None:
            return wanted
        done = min(wanted, self.budget)
        self.budget -= done
        return done

    def region(self, first=0, blocks=None):
        """A Region over some of its blocks."""
        return Region(self, (first, blocks or len(self.erased) - first))


def torn_program(image, address, data, done, chance):
    """Program `done` whole bytes of `data`, and some bits of the next one."""
    for offset in range(done):
        image[address + offset] &= data[offset]
    if done < len(data):
        image[address + done] &= data[done] | chance.randrange(256)


def torn_erase(image, block, done, tear, chance):
    """Leave a block as an erase does that got `done` of its bytes, or part of its time."""
    start = block * BLOCK_BYTES
    if tear == "front":
        image[start : start + done] = b"\xff" * done
    elif done:
        noise = chance.randbytes(BLOCK_BYTES)
        for offset in range(BLOCK_BYTES):
            image[start + offset] |= noise[offset]
