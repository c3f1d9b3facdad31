"""A board in plain Python, fast enough for years of pump time. It counts the strokes itself."""

from pump.board.hal import Board, Burst, Look, PermitRefused
from pump.core.clock import PERIOD
from pump.store import nor
from thecal_wire import codes, halpipe

STROKE_MS = 200
TURN_COUNTS = 4096
STROKE_COUNTS = 256
BLANK = b"\xff"


class PowerCut(BaseException):
    """Power went; nothing in the firmware may catch it."""


class WatchdogReset(BaseException):
    """The watchdog bit."""


class Body(Board):
    """`life` is told of strokes and asked what happens when the pump sleeps.

    `now_ms` is powered time: it stands still without power. The wall clock goes on.
    """

    def __init__(self, life, chance, stroke_pl):
        super().__init__()
        self.life = life
        self.chance = chance
        self.image = bytearray(BLANK * (nor.BLOCKS * nor.BLOCK_BYTES))
        self.now_ms = 0
        self.base_ms = 0  # when the processor started
        self.until_ms = 0  # when the next thing happens
        self.late_ms = 0  # by how much the next sleep is overslept
        self.hang_ms = None  # the next turn hangs so long, then the watchdog bites
        self.first_tick = chance.randrange(PERIOD)
        self.wall_ms = 1_700_000_000_000 + chance.randrange(604_800_000)
        self.wall_valid = True
        self.scratch = (0, 0, 0)
        self.cause = codes.RESET_POWER
        self.enabled = False
        self.least_ms = 0
        self.last_stroke_ms = None
        self.edges = []
        self.level = 0
        self.cut_in = None  # flash operations until power goes
        self.cut_after_stroke = None  # what ends the next stroke: an exception
        # The sensors. None = no reading.
        self.flow_raw = 0
        self.pressure_pa = 5_000
        self.encoder = 0
        self.blind = False
        self.stuck = False
        self.temperature_cdegc = 3_700
        self.battery_mv = 2_900
        self.stroke_raw = stroke_pl * 30 // 1000
        self.strokes = 0

    def reboot(self, cause):
        """Power is back, or the processor starts anew."""
        self.cause = cause
        if cause == codes.RESET_POWER:
            self.scratch = (0, 0, 0)
        self.first_tick = self.chance.randrange(PERIOD)
        self.base_ms = self.now_ms
        self.enabled = False
        self.edges = []
        self.level = 0
        self.cut_in = self.cut_after_stroke = self.hang_ms = None
        self._last_serial = -1

    # --- time -------------------------------------------------------------------------

    def now(self):
        return (self.first_tick + self.now_ms - self.base_ms) % PERIOD

    def pass_ms(self, span_ms):
        """Time passes, for both clocks."""
        self.now_ms += span_ms
        self.wall_ms += span_ms

    def sleep(self, duration_ms, watch_raw):
        if self.hang_ms is not None:
            self.pass_ms(self.hang_ms)
            raise WatchdogReset
        # No quarter hour is overslept, however long the loop would sleep.
        left_ms = self.life.longest_sleep_ms()
        if left_ms < duration_ms:
            duration_ms = left_ms
        end_ms = self.now_ms + duration_ms
        if self.until_ms <= end_ms:
            self.pass_ms(max(0, self.until_ms - self.now_ms))
            return self.life.act()
        self.pass_ms(duration_ms)
        if self.late_ms:
            self.pass_ms(self.late_ms)
            self.life.overslept(self.late_ms)
            self.late_ms = 0
        self.life.woke()
        if watch_raw is not None and self.flow_raw >= watch_raw:
            return halpipe.WAKE_FLOW
        return 0

    # --- pump -------------------------------------------------------------------------

    def look(self):
        seen = Look()
        blind = self.blind
        seen.flow_raw = None if blind else self.flow_raw
        seen.pressure_pa = None if blind else self.pressure_pa
        seen.encoder = None if blind else self.encoder
        seen.temperature_cdegc = self.temperature_cdegc
        seen.battery_mv = self.battery_mv
        self.life.looked()
        return seen

    def stroke(self, permit):
        try:
            self.admit(permit)
        except PermitRefused:
            self.life.found("stroke: without a fresh, marked permit")
        if not self.enabled:
            self.life.found("stroke: the driver is not enabled")
        if self.last_stroke_ms is not None and self.now_ms - self.last_stroke_ms < self.least_ms:
            self.life.found("stroke: before the board's gate opened")
        self.last_stroke_ms = self.now_ms
        self.strokes += 1
        self.life.stroke()
        burst = Burst()
        blind = self.blind
        burst.encoder_before = None if blind else self.encoder
        if not self.stuck:
            self.encoder = (self.encoder + STROKE_COUNTS) % TURN_COUNTS
        burst.encoder_after = None if blind else self.encoder
        burst.zero_raw = None if blind else 0
        burst.pressure_pa = None if blind else self.pressure_pa
        burst.samples = None if blind else (0, 0 if self.stuck else self.stroke_raw, 1)
        self.pass_ms(STROKE_MS)
        if self.cut_after_stroke is not None:
            raise self.cut_after_stroke
        return burst

    def gate(self, least_ms):
        self.least_ms = least_ms

    def enable(self, on):
        self.enabled = on

    # --- flash ------------------------------------------------------------------------

    def flash_read(self, address, count):
        return bytes(self.image[address:address + count])

    def flash_read_into(self, address, buffer):
        buffer[:] = self.image[address:address + len(buffer)]

    def flash_blank(self, address, count):
        return self.image.count(BLANK, address, address + count) == count

    def flash_program(self, address, data):
        data = bytes(data)
        if self._cut_now():
            done = self.chance.randrange(len(data) + 1)
            data = data[:done]
            if done < len(data):
                data += bytes([data[done] | self.chance.randrange(256)])
        end = address + len(data)
        old = int.from_bytes(self.image[address:end], "little")
        new = old & int.from_bytes(data, "little")
        self.image[address:end] = new.to_bytes(len(data), "little")
        if self.cut_in is not None and self.cut_in < 0:
            raise PowerCut

    def flash_erase(self, block):
        first = block * nor.BLOCK_BYTES
        if self._cut_now():
            done = self.chance.randrange(nor.BLOCK_BYTES + 1)
            self.image[first:first + done] = BLANK * done
            raise PowerCut
        self.image[first:first + nor.BLOCK_BYTES] = BLANK * nor.BLOCK_BYTES

    def _cut_now(self):
        if self.cut_in is None:
            return False
        self.cut_in -= 1
        return self.cut_in < 0

    # --- the rest ---------------------------------------------------------------------

    def usb_read(self, most):
        return b""

    def usb_write(self, data):
        return len(data)

    def buttons(self):
        edges, self.edges = self.edges, []
        return self.level, edges

    def sound(self, pattern):
        pass

    def light(self, pattern):
        pass

    def wall_get(self):
        return self.wall_ms // 1000 if self.wall_valid else 0

    def wall_set(self, seconds):
        self.wall_ms = seconds * 1000
        self.wall_valid = True

    def feed(self):
        pass

    def scratch_get(self):
        return (self.cause, *self.scratch)

    def scratch_set(self, a, b, c):
        self.scratch = (a, b, c)

    def random(self, count):
        return bytes(count)

    def trace(self, text):
        pass
