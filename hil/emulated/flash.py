"""The flash chip: what it holds, how long it works, and what can go wrong in it.

rp2040py programs and erases at once. Here each operation keeps the processor from its
next instruction for the chip's time, as the firmware does that waits for it with
interrupts off; clock, PIO and watchdog go on. Times are those of the W25Q16JV as
remembered, UNVERIFIED: typical 0.4 ms and 45 ms, at most 3 ms and 400 ms.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hil.emulated.processor import Processor
from hil.emulated.uf2 import FLASH_BYTES

PAGE_BYTES = 256
SECTOR_BYTES = 4096
_PROGRAM, _ERASE_SECTOR, _ERASE_BLOCK = 0x02, 0x20, 0xD8
_BLOCK_BYTES = 65536
_HEAD_BYTES = 4  # opcode and address
_UNIQUE_ID = 0x4B
_ID_AFTER = 5  # opcode and four bytes that mean nothing


@dataclass(frozen=True, slots=True)
class FlashTimes:
    """How long a page program and a sector erase take, in ms."""

    program_ms: float = 0.4
    erase_ms: float = 45.0


TYPICAL = FlashTimes()
SLOWEST = FlashTimes(3.0, 400.0)
AT_ONCE = FlashTimes(0.0, 0.0)

BEFORE, INSIDE, AFTER = "before", "inside", "after"


@dataclass
class FlashCut:
    """Take power at the k-th operation from now (0 = the next one).

    when: before it, inside it with `done_bytes` of it done, or after it. `kind` may be
    "program" or "erase": then only those count.
    """

    count: int
    when: str = INSIDE
    done_bytes: int = 0
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class FlashOperation:
    """One operation that came about; `address` in the chip, `count` bytes."""

    kind: str
    address: int
    count: int


class FlashChip:
    """The chip of one board; it outlives processors.

    Counts since the start: `programs`, and `erases` of each sector. Fault:
    `dead_pages`, addresses of pages that do not program.
    """

    def __init__(self, image: bytes | bytearray, times: FlashTimes = TYPICAL) -> None:
        if len(image) != FLASH_BYTES:
            raise ValueError(f"flash: image has {len(image)} bytes, not {FLASH_BYTES}")
        self._image = bytearray(image)
        self.times = times
        self.programs = 0
        self.erases = [0] * (FLASH_BYTES // SECTOR_BYTES)
        self.operations = 0
        self.dead_pages: set[int] = set()
        self.cut: FlashCut | None = None
        self.on_cut: Callable[[FlashOperation], None] = lambda operation: None
        self.on_operation: Callable[[FlashOperation], None] = lambda operation: None
        self.unique_id = b"\xe6\x61\x54\x48\x45\x43\x41\x4c"
        self._processor: Processor | None = None

    def read(self, address: int, count: int) -> bytes:
        """Bytes as they stand."""
        return bytes(self._memory()[address : address + count])

    def write(self, address: int, data: bytes) -> None:
        """Put bytes in from outside, as a programmer does."""
        self._memory()[address : address + len(data)] = data

    def attach(self, processor: Processor) -> None:
        """Serve this processor from now on; it was made with `contents`."""
        self._processor = processor
        ssi = processor.rp2040.ssi
        stock_apply, stock_shift = ssi._apply_command, ssi._shift_byte
        ssi._apply_command = lambda: self._apply(ssi, stock_apply)
        ssi._shift_byte = lambda byte: self._shift(ssi, stock_shift, byte)

    def detach(self) -> None:
        """The processor is gone; keep what it leaves."""
        if self._processor is not None:
            self._image[:] = self._processor.rp2040.flash[:FLASH_BYTES]
        self._processor = None

    @property
    def contents(self) -> bytes:
        """The whole chip."""
        return self.read(0, FLASH_BYTES)

    def _memory(self) -> Any:
        return self._image if self._processor is None else self._processor.rp2040.flash

    # --- operations -----------------------------------------------------------

    def _apply(self, ssi: Any, stock: Callable[[], None]) -> None:
        command = ssi._tx_buffer
        operation = _decode(command) if ssi._write_enabled else None
        if operation is None:
            stock()
            return
        if self._cut_due(operation):
            self._cut_in(ssi, stock, operation)
            return
        self._count(operation)
        if operation.kind == "program":
            self._spoil(command, operation)
        stock()
        self._wait(operation)

    def _cut_due(self, operation: FlashOperation) -> bool:
        cut = self.cut
        if cut is None or cut.kind not in (None, operation.kind):
            return False
        cut.count -= 1
        return cut.count < 0

    def _cut_in(self, ssi: Any, stock: Callable[[], None], operation: FlashOperation) -> None:
        assert self.cut is not None and self._processor is not None
        cut, self.cut = self.cut, None
        done = {BEFORE: 0, AFTER: operation.count}.get(cut.when, cut.done_bytes)
        if done:
            self._count(operation)
            if operation.kind == "program":
                del ssi._tx_buffer[_HEAD_BYTES + done :]
                stock()
            else:
                erased = b"\xff" * min(done, operation.count)
                self.write(operation.address, erased)
        ssi._tx_buffer = bytearray()
        self._processor.lose_power()
        self.on_cut(operation)

    def _count(self, operation: FlashOperation) -> None:
        self.operations += 1
        if operation.kind == "program":
            self.programs += 1
        else:
            first = operation.address // SECTOR_BYTES
            for sector in range(first, first + operation.count // SECTOR_BYTES):
                self.erases[sector] += 1
        self.on_operation(operation)

    def _spoil(self, command: bytearray, operation: FlashOperation) -> None:
        if operation.address - operation.address % PAGE_BYTES in self.dead_pages:
            command[_HEAD_BYTES:] = b"\xff" * (len(command) - _HEAD_BYTES)

    def _wait(self, operation: FlashOperation) -> None:
        assert self._processor is not None
        erase = operation.kind == "erase"
        sectors = operation.count // SECTOR_BYTES
        # A 64 kB block takes about as long as three sectors (typical 150 ms).
        ms = self.times.erase_ms * (1 if sectors == 1 else 3) if erase else self.times.program_ms
        if ms:
            self._processor.stall(ms * 1e6)
        self._processor.meter.flash_worked(ms * 1e6, erase)

    def _shift(self, ssi: Any, stock: Callable[[int], int], byte: int) -> int:
        answer = stock(byte)
        sent = ssi._tx_buffer
        if sent[0] == _UNIQUE_ID and len(sent) > _ID_AFTER:
            return self.unique_id[(len(sent) - 1 - _ID_AFTER) % len(self.unique_id)]
        return answer


def _decode(command: bytearray) -> FlashOperation | None:
    if len(command) < _HEAD_BYTES:
        return None
    address = int.from_bytes(command[1:_HEAD_BYTES], "big")
    if command[0] == _PROGRAM and len(command) > _HEAD_BYTES:
        return FlashOperation("program", address, min(len(command) - _HEAD_BYTES, PAGE_BYTES))
    size = {_ERASE_SECTOR: SECTOR_BYTES, _ERASE_BLOCK: _BLOCK_BYTES}.get(command[0])
    if size is None:
        return None
    return FlashOperation("erase", address - address % size, size)
