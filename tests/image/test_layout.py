"""Code, file system and the pump's blocks share the flash without overlap, and everyone agrees."""

import re

import pytest

from image import layout
from image.frozen.release import crash
from image.steps import ROOT, Stop
from pump.store import nor

IMAGE = ROOT / "firmware" / "image"


def test_the_parts_fill_the_flash():
    storage = layout.LITTLEFS_BYTES + layout.BLOCKS * layout.BLOCK_BYTES
    assert layout.CODE_BYTES + storage == layout.FLASH_BYTES == 2 * 1024 * 1024
    assert storage == layout.STORAGE_BYTES


def test_the_blocks_are_those_that_the_firmware_divides():
    assert (layout.BLOCKS, layout.BLOCK_BYTES) == (nor.BLOCKS, nor.BLOCK_BYTES)
    ends = [first + count for first, count in (nor.SLOTS, nor.TALLY, nor.FAULT_LOG, nor.EVENTS)]
    assert max(ends) == layout.BLOCKS


def test_the_board_definition_says_the_same():
    text = (IMAGE / "THECAL_PICO" / "mpconfigboard.h").read_text()
    (product,) = re.findall(r"define MICROPY_HW_FLASH_STORAGE_BYTES \((\d+) \* (\d+)\)", text)
    assert int(product[0]) * int(product[1]) == layout.STORAGE_BYTES


def test_the_drivers_begin_behind_the_file_system():
    driver = (ROOT / "firmware" / "pump" / "board" / "pico" / "flash.py").read_text()
    (kib,) = re.findall(r"^RESERVED_BYTES = (\d+) \* 1024", driver, re.M)
    assert int(kib) * 1024 == layout.LITTLEFS_BYTES == crash.LITTLEFS_BYTES


def test_a_development_image_mounts_no_more_than_the_file_system():
    text = (IMAGE / "frozen" / "development" / "_boot.py").read_text()
    assert "rp2.Flash(start=0, len=64 * 1024)" in text
    assert layout.LITTLEFS_BYTES == 64 * 1024


def test_the_report_gives_offsets_that_follow_one_another():
    told = layout.storage()
    assert told["storage_offset"] == told["code_bytes"] == told["littlefs_offset"]
    assert told["littlefs_offset"] + told["littlefs_bytes"] == told["blocks_offset"]
    end = told["blocks_offset"] + told["blocks"] * told["block_bytes"]
    assert end == told["flash_bytes"] == told["storage_offset"] + told["storage_bytes"]


def test_code_may_fill_its_part():
    layout.check_code(512 * 1024)


def test_one_byte_of_code_in_storage_stops_the_build():
    with pytest.raises(Stop, match="1 too many"):
        layout.check_code(512 * 1024 + 1)
