"""The flash chip: its times keep the processor, bad pages stay, and power can go anywhere."""

import pytest

from hil.emulated.flash import (
    AFTER,
    AT_ONCE,
    BEFORE,
    INSIDE,
    SLOWEST,
    TYPICAL,
    FlashChip,
    FlashCut,
)
from hil.emulated.uf2 import FLASH_BYTES
from tests.emulated.thumb import NOP, back, flash, processor

PAGE = 0x100000
PROGRAM, ERASE_SECTOR, ERASE_BLOCK = 0x02, 0x20, 0xD8


class Bench:
    """A chip on a busy processor, and the commands that the firmware would send."""

    def __init__(self, times=TYPICAL):
        self.made = processor(NOP, back(1))
        self.chip = FlashChip(flash(NOP, back(1)), times)
        self.chip.attach(self.made)
        self.made.run_until(1e6)

    def send(self, opcode, address, data=b"", enable=True):
        ssi = self.made.rp2040.ssi
        ssi._write_enabled = enable
        ssi._tx_buffer = bytearray((opcode, *address.to_bytes(3, "big"))) + data
        ssi._apply_command()

    def waited_ms(self):
        before = self.made.meter.cycles
        start_ns = self.made.now_ns
        while self.made.meter.cycles == before:
            self.made.run_until(self.made.now_ns + 1e5)
        return (self.made.now_ns - start_ns) / 1e6


def test_a_program_clears_bits_and_takes_its_time():
    bench = Bench()
    bench.send(PROGRAM, PAGE, b"\xf0" * 256)
    assert bench.waited_ms() == pytest.approx(0.4, abs=0.11)
    bench.send(PROGRAM, PAGE, b"\x3f")
    assert bench.chip.read(PAGE, 2) == b"\x30\xf0"
    assert bench.chip.programs == 2


@pytest.mark.parametrize(("times", "ms"), [(TYPICAL, 45), (SLOWEST, 400), (AT_ONCE, 0)])
def test_an_erase_takes_the_chips_time_and_is_counted(times, ms):
    bench = Bench(times)
    bench.send(PROGRAM, PAGE, bytes(256))
    bench.waited_ms()
    bench.send(ERASE_SECTOR, PAGE + 100)
    assert bench.waited_ms() == pytest.approx(ms, abs=0.11)
    assert bench.chip.read(PAGE, 256) == b"\xff" * 256
    assert bench.chip.erases[PAGE // 4096] == 1
    assert sum(bench.chip.erases) == 1


def test_a_block_erase_counts_its_sixteen_sectors():
    bench = Bench()
    bench.send(ERASE_BLOCK, PAGE)
    assert bench.chip.erases[PAGE // 4096 : PAGE // 4096 + 16] == [1] * 16


def test_without_write_enable_nothing_happens():
    bench = Bench()
    bench.send(PROGRAM, PAGE, bytes(4), enable=False)
    assert bench.chip.read(PAGE, 4) == b"\xff" * 4
    assert bench.chip.programs == 0


def test_a_dead_page_does_not_program_and_its_neighbour_does():
    bench = Bench()
    bench.chip.dead_pages.add(PAGE)
    bench.send(PROGRAM, PAGE + 8, bytes(4))
    bench.send(PROGRAM, PAGE + 256, bytes(4))
    assert bench.chip.read(PAGE + 8, 4) == b"\xff" * 4
    assert bench.chip.read(PAGE + 256, 4) == bytes(4)


@pytest.mark.parametrize(("when", "done", "left"), [
    (BEFORE, 0, b"\xff" * 4), (INSIDE, 2, b"\0\0\xff\xff"), (AFTER, 0, bytes(4)),
])
def test_power_goes_at_the_second_program(when, done, left):
    bench = Bench()
    seen = []
    bench.chip.on_cut = seen.append
    bench.chip.cut = FlashCut(1, when, done, kind="program")
    bench.send(PROGRAM, PAGE + 256, bytes(4))
    bench.send(ERASE_SECTOR, PAGE + 4096)
    assert not bench.made.power_lost
    bench.send(PROGRAM, PAGE, bytes(4))
    assert bench.made.power_lost
    assert bench.chip.read(PAGE, 4) == left
    assert [(cut.kind, cut.address) for cut in seen] == [("program", PAGE)]
    bench.chip.detach()
    assert bench.chip.read(PAGE, 4) == left


def test_power_goes_inside_an_erase():
    bench = Bench()
    for page in range(0, 4096, 256):
        bench.send(PROGRAM, PAGE + page, bytes(256))
    bench.chip.cut = FlashCut(0, INSIDE, 1000)
    bench.send(ERASE_SECTOR, PAGE)
    assert bench.chip.read(PAGE, 1000) == b"\xff" * 1000
    assert bench.chip.read(PAGE + 1000, 3096) == bytes(3096)


def test_the_chip_keeps_its_contents_across_processors():
    bench = Bench()
    bench.send(PROGRAM, PAGE, b"kept")
    bench.chip.detach()
    assert bench.chip.read(PAGE, 4) == b"kept"
    assert len(bench.chip.contents) == FLASH_BYTES


def test_the_chip_has_a_name_of_its_own():
    bench = Bench()
    ssi = bench.made.rp2040.ssi
    ssi._tx_buffer = bytearray()
    answer = [ssi._shift_byte(byte) for byte in (0x4B, 0, 0, 0, 0, *bytes(8))]
    assert bytes(answer[5:]) == bench.chip.unique_id
