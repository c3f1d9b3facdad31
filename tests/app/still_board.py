"""A body that asks the heap for nothing: readings that never change, flash in RAM, time that jumps.

Usage: micropython -X heapsize=8m tests/app/still_board.py, with MICROPYPATH=firmware:.
"""

from pump.board import hal
from pump.core.clock import plus_ms
from pump.store import nor
from tests.app import control_steps
from thecal_wire import codes

STROKE_PL = 250_000
STROKE_MS = 300
TURN = 4096  # counts of the encoder
COUNTS = 256  # that a stroke moves it
SAMPLES = [400, 500, 600] * 5  # 15 x 20 ms at 50 uL/min are 250 nL
WALL_S = 1_800_000_000
FEW_BYTES = 32


class StillBoard(hal.Board):
    """As body.py of the virtual pump, without the pipe."""

    def __init__(self):
        hal.Board.__init__(self)
        self.tick = 0
        self._flash = bytearray(b"\xff" * (nor.BLOCKS * nor.BLOCK_BYTES))
        self._look = hal.Look()
        self._look.temperature_cdegc, self._look.battery_mv = 3_700, 2_900
        self._burst = hal.Burst()
        self._burst.samples = SAMPLES

    def now(self):
        return self.tick

    def sleep(self, duration_ms, watch_raw):
        self.tick = plus_ms(self.tick, duration_ms)
        return 0

    def look(self):
        return self._look

    def stroke(self, permit):
        self.admit(permit)
        self.tick = plus_ms(self.tick, STROKE_MS)
        burst, look = self._burst, self._look
        burst.encoder_before = look.encoder
        burst.encoder_after = look.encoder = (look.encoder + COUNTS) % TURN
        return burst

    def gate(self, least_ms):
        pass

    def enable(self, on):
        pass

    def flash_read(self, address, count):
        return bytes(self._flash[address:address + count])

    def flash_read_into(self, address, buffer):
        for i in range(len(buffer)):
            buffer[i] = self._flash[address + i]

    def flash_view(self, address, count):
        return memoryview(self._flash)[address:address + count]

    def flash_blank(self, address, count):
        return all(self._flash[i] == 0xFF for i in range(address, address + count))

    def flash_program(self, address, data):
        for i in range(len(data)):
            self._flash[address + i] &= data[i]

    def flash_erase(self, block):
        for i in range(block * nor.BLOCK_BYTES, (block + 1) * nor.BLOCK_BYTES):
            self._flash[i] = 0xFF

    def usb_read(self, most):
        return b""

    def usb_write(self, data, start):
        return len(data) - start

    def buttons(self):
        return 0, ()

    def sound(self, pattern):
        pass

    def light(self, pattern):
        pass

    def wall_get(self):
        return WALL_S

    def wall_set(self, seconds):
        pass

    def feed(self):
        pass

    def scratch_get(self):
        return codes.RESET_POWER, 0, 0, 0

    def scratch_set(self, a, b, c):
        pass

    def random(self, count):
        return bytes(count)

    def trace(self, text):
        print(text)


def live_still():
    """All modes on this body."""
    control_steps.live(StillBoard(), STROKE_PL, 0)


if __name__ == "__main__":
    live_still()
