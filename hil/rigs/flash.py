"""NOR flash as the rig owns it: bits only clear, blocks erase, power can go half way."""

BLOCK_BYTES = 4096
BLOCKS = 368


class Flash:
    """The storage area of the Pico's flash, kept across power cycles."""

    def __init__(self, image: bytes | None = None) -> None:
        size = BLOCKS * BLOCK_BYTES
        if image is not None and len(image) != size:
            raise ValueError(f"flash image has {len(image)} bytes, not {size}")
        self.image = bytearray(image if image is not None else b"\xff" * size)
        self.programs = 0
        self.erases = [0] * BLOCKS

    def read(self, address: int, count: int) -> bytes:
        """Bytes as they stand."""
        return bytes(self.image[address : address + count])

    def program(self, address: int, data: bytes, torn_after: int | None = None) -> None:
        """Clear bits within one page; a torn program gets that many bytes done."""
        if address // 256 != (address + len(data) - 1) // 256:
            raise ValueError(f"program of {len(data)} bytes at {address} crosses a page")
        self.programs += 1
        done = data if torn_after is None else data[:torn_after]
        for offset, byte in enumerate(done):
            self.image[address + offset] &= byte

    def erase(self, block: int, torn_after: int | None = None) -> None:
        """Set a block to 0xFF; a torn erase gets that many bytes done."""
        self.erases[block] += 1
        count = BLOCK_BYTES if torn_after is None else torn_after
        start = block * BLOCK_BYTES
        self.image[start : start + count] = b"\xff" * count
