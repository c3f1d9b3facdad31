"""A UF2 image as bytes of flash. 512-byte blocks, each with its own address."""

import struct
from pathlib import Path

FLASH_BYTES = 2 * 1024 * 1024  # W25Q16JV of the Pico
FLASH_AT = 0x1000_0000
_BLOCK = 512
_HEAD = "<IIIIIIII"
_HEAD_BYTES = struct.calcsize(_HEAD)
_MAGIC = (0x0A324655, 0x9E5D5157)
_MAGIC_END = 0x0AB16F30


class NotAnImage(Exception):
    """This file is no UF2 for the Pico's flash."""


def read(path: Path) -> bytearray:
    """The whole flash of a new Pico with this image on it; what it leaves out is 0xFF."""
    flash = bytearray(b"\xff" * FLASH_BYTES)
    data = path.read_bytes()
    if not data or len(data) % _BLOCK:
        raise NotAnImage(f"{path}: {len(data)} bytes are not a whole number of UF2 blocks")
    for start in range(0, len(data), _BLOCK):
        first, second, _flags, address, count, *_ = struct.unpack_from(_HEAD, data, start)
        (last,) = struct.unpack_from("<I", data, start + _BLOCK - 4)
        if (first, second) != _MAGIC or last != _MAGIC_END:
            raise NotAnImage(f"{path}: no UF2 block at byte {start}")
        at = address - FLASH_AT
        if not 0 <= at <= FLASH_BYTES - count:
            raise NotAnImage(f"{path}: block for {address:#x}, outside the Pico's flash")
        body = start + _HEAD_BYTES
        flash[at : at + count] = data[body : body + count]
    return flash
