"""What MicroPython's heap is asked for on the emulated Pico, without a word in the firmware.

Breakpoints stand on the entries of gc_alloc, gc_realloc and gc_collect: there a BKPT
replaces the first instruction, a push, which is done here instead. So every allocation
is seen, whoever makes it: the interpreter, a driver in C, a number above 2^30. How much
is free is read from the collector's own table in RAM.

A *step* is what runs between two feeds of the watchdog. It is a *control step* if it
programs no more than the mark of its stroke; one that writes a page or a record, or
erases, is *upkeep*. Bytes are counted as the heap gives them out, in blocks of 16.
"""

import struct
from collections import Counter
from collections.abc import Callable
from typing import Any

from hil.emulated.processor import Processor
from hil.emulated.symbols import Symbols

BLOCK_BYTES = 16
_BREAK = 0xBE00
_PUSH, _PUSH_MASK, _PUSH_LR = 0xB400, 0xFE00, 0x0100
_SP, _LR, _PC = 13, 14, 15
_RAM_AT, _FLASH_AT = 0x2000_0000, 0x1000_0000
_BYTECODE_AT = 12  # in a function object: type, module, children, bytecode
_TIDIES = "pump_app_loop__tidy"  # called by the loop when nothing is due
_FUNCTION = "fun_data_"  # what the names of frozen functions begin with
# Free blocks (two bits of zero) among the four that a byte of the collector's table tells of.
_FREE_IN = bytes(sum((byte >> shift & 3) == 0 for shift in (0, 2, 4, 6)) for byte in range(256))


class HeapWatch:
    """Counts allocations and collections of one processor since `begin`.

    strokes: how many strokes were made, ever.
    """

    def __init__(self, processor: Processor, symbols: Symbols,
                 strokes: Callable[[], int]) -> None:
        self._mcu: Any = processor.rp2040
        self._meter = processor.meter
        self._symbols = symbols
        self._pushes: dict[int, tuple[int, Callable[[list[int]], None]]] = {}
        self._stock_break = self._mcu.on_break
        self._mcu.on_break = self._broke
        self._area_at = 0
        self._in_step = 0
        self._strokes = strokes
        self._strokes_before = strokes()
        self.begin()
        for name, action in (("gc_alloc", self._alloc), ("gc_realloc", self._realloc),
                             ("gc_collect", self._collect)):
            self._break_at(symbols[name].address, action)
        self._meter.on_step = self._step_ended

    def begin(self) -> None:
        """Count from here on; the step that runs now does not count."""
        self.control_bytes = self.upkeep_bytes = 0
        self.control_steps = self.upkeep_steps = 0
        self.collections = 0
        self.hasty_collections = 0  # that did not wait for the loop's idle time
        self.lowest_free_bytes: int | None = None
        self.callers: Counter[str] = Counter()  # bytes by the Python function that asked
        self._skip_step = True

    def free_bytes(self) -> int:
        """What gc.mem_free() would say: garbage counts as used until it is collected."""
        table, length = self._area()
        sram = self._mcu.sram[table - _RAM_AT : table - _RAM_AT + length]
        return BLOCK_BYTES * sum(_FREE_IN[byte] for byte in sram)

    # --- breakpoints ----------------------------------------------------------

    def _break_at(self, address: int, action: Callable[[list[int]], None]) -> None:
        at = address - _FLASH_AT
        (opcode,) = struct.unpack_from("<H", self._mcu.flash, at)
        if opcode & _PUSH_MASK != _PUSH:
            raise ValueError(f"what begins at {address:#x} does not begin with a push")
        struct.pack_into("<H", self._mcu.flash, at, _BREAK)
        self._pushes[address] = (opcode, action)

    def _broke(self, code: int) -> None:
        core = self._mcu.core
        address = core.registers[_PC] - core.break_rewind
        if address not in self._pushes:
            self._stock_break(code)
            return
        opcode, action = self._pushes[address]
        action(core.registers)
        self._push(core.registers, opcode)

    def _push(self, registers: Any, opcode: int) -> None:
        """The instruction that the BKPT stands for."""
        pushed = [number for number in range(8) if opcode >> number & 1]
        if opcode & _PUSH_LR:
            pushed.append(_LR)
        bottom = registers[_SP] - 4 * len(pushed)
        for index, number in enumerate(pushed):
            struct.pack_into("<I", self._mcu.sram, bottom + 4 * index - _RAM_AT,
                             registers[number])
        registers[_SP] = bottom

    # --- what is counted ------------------------------------------------------

    def _alloc(self, registers: Any) -> None:
        self._asked(registers[0], registers)

    def _realloc(self, registers: Any) -> None:
        """Growth in place; a move, and a first allocation, ask gc_alloc as well: count that."""
        pointer, wanted = registers[0], registers[1]
        if pointer == 0:
            return
        had = self._blocks_of(pointer)
        growth = -(-wanted // BLOCK_BYTES) - had
        if growth > 0 and self._is_free_behind(pointer, had, growth):
            self._asked(growth * BLOCK_BYTES, registers)

    def _collect(self, registers: Any) -> None:
        self.collections += 1
        self.hasty_collections += self._caller(registers[_SP]) != _TIDIES

    def _asked(self, count: int, registers: Any) -> None:
        size = -(-count // BLOCK_BYTES) * BLOCK_BYTES
        self._in_step += size
        if not self._skip_step:
            self.callers[self._caller(registers[_SP])] += size

    def _step_ended(self, programs: int, erases: int) -> None:
        used, self._in_step = self._in_step, 0
        before, self._strokes_before = self._strokes_before, self._strokes()
        if self._skip_step:
            self._skip_step = False
            return
        if erases or programs > self._strokes_before - before:
            self.upkeep_steps += 1
            self.upkeep_bytes += used
        else:
            self.control_steps += 1
            self.control_bytes += used
        free = self.free_bytes()
        if self.lowest_free_bytes is None or free < self.lowest_free_bytes:
            self.lowest_free_bytes = free

    # --- MicroPython's memory -------------------------------------------------

    def _word(self, address: int) -> int:
        return struct.unpack_from("<I", self._mcu.sram, address - _RAM_AT)[0]

    def _area(self) -> tuple[int, int]:
        """Address and length of the collector's table, found by what it says of itself."""
        start, end = (self._symbols[name].address for name in ("__GcHeapStart", "__GcHeapEnd"))
        state = self._symbols["mp_state_ctx"]
        if not self._area_at:
            for at in range(state.address, state.address + state.size - 16, 4):
                table, length, _finalisers, first, last = (
                    self._word(at + 4 * i) for i in range(5))
                if table == start and last <= end and last - first == length * 4 * BLOCK_BYTES:
                    self._area_at = at
                    break
            else:
                raise ValueError("no heap in MicroPython's state")
        return self._word(self._area_at), self._word(self._area_at + 4)

    def _block(self, number: int) -> int:
        """0 free, 1 head, 2 tail of what was given out."""
        table, length = self._area()
        if number >= 4 * length:
            return 1
        return self._mcu.sram[table - _RAM_AT + number // 4] >> number % 4 * 2 & 3

    def _first_block(self, pointer: int) -> int:
        self._area()
        return (pointer - self._word(self._area_at + 12)) // BLOCK_BYTES

    def _blocks_of(self, pointer: int) -> int:
        first = self._first_block(pointer)
        count = 1
        while self._block(first + count) == 2:
            count += 1
        return count

    def _is_free_behind(self, pointer: int, had: int, growth: int) -> bool:
        behind = self._first_block(pointer) + had
        return all(self._block(behind + i) == 0 for i in range(growth))

    def _caller(self, stack: int) -> str:
        """The innermost Python function, or its neighbour: a function object on the stack.

        It may be left from a call that has returned, so this is where to look, and no proof.
        """
        function = self._symbols["mp_type_fun_bc"].address
        top = self._symbols["__StackTop"].address
        heap_end = self._symbols["__GcHeapEnd"].address
        for at in range(stack, top, 4):
            pointer = self._word(at)
            if (_RAM_AT <= pointer < heap_end - _BYTECODE_AT and pointer % 4 == 0
                    and self._word(pointer) == function):
                name = self._symbols.name_at(self._word(pointer + _BYTECODE_AT))
                if name is not None and name.startswith(_FUNCTION):
                    return name.removeprefix(_FUNCTION)
        return "?"
