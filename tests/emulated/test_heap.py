"""What the heap is asked for is seen at its entries, and the code there does what it did."""

import hashlib
import struct

import pytest

from hil.emulated import symbols
from hil.emulated.heap import HeapWatch
from hil.emulated.symbols import NoSymbols, Symbol, Symbols
from tests.emulated.thumb import flash
from tests.emulated.thumb import processor as made_of

RAM, FLASH = 0x2000_0000, 0x1000_0000
HEAP, STATE, FUNCTION = RAM + 0x4000, RAM + 0x100, 0x1000_8000
POOL = HEAP + 64  # after a table of 16 bytes, for 64 blocks, and what else lies there
ALLOC, REALLOC, COLLECT = 0x10, 0x14, 0x18  # in flash, each `push {r4, lr}; pop {r4, pc}`
MOVS_R0, WFE, B_BACK = 0x2000, 0xBF20, 0xE7FD


def call(at: int, to: int) -> tuple[int, int]:
    """`bl` at one place in flash to another."""
    offset = to - at - 4
    return 0xF000 | offset >> 12 & 0x7FF, 0xF800 | offset >> 1 & 0x7FF


class Bench:
    """A processor that asks for `count` bytes by the entry at `entry`, then sleeps."""

    def __init__(self, entry=ALLOC, count=20):
        code = [MOVS_R0 | count, *call(2, entry), WFE, B_BACK, 0xBF00, 0xBF00, 0xBF00]
        code += [0xB510, 0xBD10] * 3
        self.made = made_of(*code)
        self.sram = self.made.rp2040.sram
        self.sram[:0x8000] = bytes(0x8000)
        struct.pack_into("<IIIII", self.sram, STATE + 8 - RAM, HEAP, 16, HEAP + 16, POOL,
                         POOL + 16 * 4 * 16)
        self.made.rp2040.core.registers[13] = RAM + 0x8000
        self.made.rp2040.core.registers[4] = 44
        self.strokes = 0
        names = {"gc_alloc": ALLOC + FLASH, "gc_realloc": REALLOC + FLASH,
                 "gc_collect": COLLECT + FLASH, "mp_type_fun_bc": FUNCTION,
                 "__GcHeapStart": HEAP, "__GcHeapEnd": RAM + 0x40000, "__StackTop": RAM + 0x8000,
                 "fun_data_pump_app_loop__tidy": FLASH + 0x9000}
        found = {name: Symbol(address, 4) for name, address in names.items()}
        found["mp_state_ctx"] = Symbol(STATE, 0x40)
        self.watch = HeapWatch(self.made, Symbols(found), lambda: self.strokes)
        self.end_step()

    def end_step(self, programs=0, erases=0):
        self.made.meter.on_step(programs, erases)

    def give_out(self, *blocks):
        """Two bits for each block in the collector's table: 0 free, 1 head, 2 tail."""
        for number, kind in enumerate(blocks):
            self.sram[HEAP - RAM + number // 4] |= kind << number % 4 * 2

    def put_function_on_stack(self):
        struct.pack_into("<IIII", self.sram, 0x5000, FUNCTION, 0, 0, FLASH + 0x9000)
        struct.pack_into("<I", self.sram, 0x7FF0, RAM + 0x5000)
        self.made.rp2040.core.registers[13] = RAM + 0x7FF0

    def run(self):
        self.made.run_until(self.made.now_ns + 1e5)


def test_an_allocation_is_counted_in_blocks_and_the_code_goes_on():
    bench = Bench()
    bench.run()
    bench.end_step()
    assert (bench.watch.control_steps, bench.watch.control_bytes) == (1, 32)
    core = bench.made.rp2040.core
    assert bench.made.asleep
    assert (core.registers[13], core.registers[4]) == (RAM + 0x8000, 44)


def test_a_step_that_makes_none_counts_nothing():
    bench = Bench()
    bench.end_step()
    assert (bench.watch.control_steps, bench.watch.control_bytes) == (1, 0)


@pytest.mark.parametrize(("programs", "erases", "strokes", "control"), [
    (0, 0, 0, True), (1, 0, 1, True), (1, 0, 0, False), (2, 0, 1, False), (1, 1, 1, False)])
def test_what_writes_more_than_a_mark_is_upkeep(programs, erases, strokes, control):
    bench = Bench()
    bench.strokes = strokes
    bench.run()
    bench.end_step(programs, erases)
    watch = bench.watch
    assert (watch.control_bytes, watch.upkeep_bytes) == ((32, 0) if control else (0, 32))


def test_what_is_free_is_read_from_the_collectors_table():
    bench = Bench()
    assert bench.watch.free_bytes() == 64 * 16
    bench.give_out(1, 2, 2, 1, 1)
    assert bench.watch.free_bytes() == 59 * 16


def test_growth_in_place_counts_and_a_move_is_left_to_the_allocation():
    bench = Bench(REALLOC)
    bench.give_out(1, 2)
    core = bench.made.rp2040.core
    core.registers[1] = 80  # five blocks
    asked = bench.watch._realloc
    asked([POOL, 80, *core.registers[2:]])
    bench.end_step()
    assert bench.watch.control_bytes == 48
    bench.give_out(0, 0, 0, 1)
    asked([POOL, 80, *core.registers[2:]])
    asked([0, 80, *core.registers[2:]])
    bench.end_step()
    assert bench.watch.control_bytes == 48


def test_a_collection_is_hasty_unless_the_loop_asked_for_it_in_idle_time():
    bench = Bench(COLLECT)
    bench.run()
    assert (bench.watch.collections, bench.watch.hasty_collections) == (1, 1)
    tidy = Bench(COLLECT)
    tidy.put_function_on_stack()
    tidy.run()
    assert (tidy.watch.collections, tidy.watch.hasty_collections) == (1, 0)


def test_the_caller_is_named():
    bench = Bench()
    bench.put_function_on_stack()
    bench.run()
    assert dict(bench.watch.callers) == {"pump_app_loop__tidy": 32}


def test_symbols_of_another_image_are_not_taken(tmp_path):
    image = tmp_path / "a.uf2"
    image.write_bytes(bytes(flash()[:16]))
    with pytest.raises(NoSymbols, match="make firmware"):
        symbols.read(image)
    head = hashlib.sha256(image.read_bytes()).hexdigest()
    symbols.beside(image).write_text(f"{head}\n10000010 1c gc_alloc\n")
    names = symbols.read(image)
    assert names["gc_alloc"] == Symbol(0x1000_0010, 0x1C)
    assert names.name_at(0x1000_0010) == "gc_alloc"
    with pytest.raises(NoSymbols, match="gc_collect"):
        names["gc_collect"]
    image.write_bytes(b"another")
    with pytest.raises(NoSymbols, match="another image"):
        symbols.read(image)
