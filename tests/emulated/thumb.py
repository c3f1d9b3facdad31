"""A few instructions for the emulated processor, and a bus to its registers."""

import struct
from typing import Any

from rp2040py.rp2040 import RP2040

from hil.emulated.processor import Processor
from hil.emulated.uf2 import FLASH_BYTES

WFE = 0xBF20
NOP = 0xBF00
B_SELF = 0xE7FE  # b .
SLEEP_FOR_EVER = (WFE, 0xE7FD)  # wfe; b back to it


def back(halfwords: int) -> int:
    """`b` to so many halfwords before this instruction."""
    return 0xE000 | (-halfwords - 2) & 0x7FF


def flash(*code: int) -> bytearray:
    """A chip with this code where a Pico starts."""
    image = bytearray(b"\xff" * FLASH_BYTES)
    struct.pack_into(f"<{len(code)}H", image, 0, *code)
    return image


def processor(*code: int) -> Processor:
    """A processor that runs this code; without any it sleeps."""
    return Processor(flash(*(code or SLEEP_FOR_EVER)), seed=1)


def write(made: Processor, address: int, value: int) -> None:
    """A store of the processor's."""
    RP2040.write_uint32(made.rp2040, address, value)


def read(made: Processor, address: int) -> int:
    """A load of the processor's."""
    return RP2040.read_uint32(made.rp2040, address)


def busy_percent(made: Any) -> float:
    """Share of time awake since `begin`."""
    return made.meter.busy_percent
