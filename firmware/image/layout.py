"""Who owns which part of the flash.

    0          code      the image itself, at most CODE_BYTES
    CODE_BYTES littlefs  64 KiB; only a development image looks at it
    ...        blocks    the pump's memory: 368 blocks of 4096 (firmware/pump/store/nor.py)

MicroPython's linker script knows nothing of the storage: code that grew into it would be wiped by
the first erase. So the build checks the size itself.
"""

from image.steps import Stop

FLASH_BYTES = 2 * 1024 * 1024  # W25Q16 of the Pico
BLOCK_BYTES = 4096
STORAGE_BYTES = 1536 * 1024  # MICROPY_HW_FLASH_STORAGE_BYTES of the board definition
LITTLEFS_BYTES = 64 * 1024
BLOCKS = (STORAGE_BYTES - LITTLEFS_BYTES) // BLOCK_BYTES
CODE_BYTES = FLASH_BYTES - STORAGE_BYTES  # where storage begins


def check_code(size: int) -> None:
    """Stop the build when `size` bytes of code reach into storage."""
    if size > CODE_BYTES:
        raise Stop(
            f"the code is {size} bytes, {size - CODE_BYTES} too many: storage begins at "
            f"{CODE_BYTES} and would be overwritten; freeze less, or move storage in "
            "firmware/image/layout.py and the board definition"
        )


def storage() -> dict[str, int]:
    """The layout for build/thecal-pico.json; offsets count from the start of the flash."""
    return {
        "flash_bytes": FLASH_BYTES,
        "code_bytes": CODE_BYTES,
        "storage_offset": CODE_BYTES,
        "storage_bytes": STORAGE_BYTES,
        "littlefs_offset": CODE_BYTES,
        "littlefs_bytes": LITTLEFS_BYTES,
        "blocks_offset": CODE_BYTES + LITTLEFS_BYTES,
        "blocks": BLOCKS,
        "block_bytes": BLOCK_BYTES,
    }
