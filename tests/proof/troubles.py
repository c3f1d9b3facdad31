"""What goes wrong: clocks, power, the processor, sensors."""

from tests.oracles.dosing_programme import DAY_MS
from tests.proof.body import PowerCut
from thecal_wire import halpipe


class Troubles:
    """A part of Life; each method is one happening and returns why the pump wakes."""

    def set_clock(self):
        """Forward, back, or another offset."""
        board, chance = self.board, self.chance
        wall_s = (board.wall_ms // 1000) + chance.choice((
            0, 1, -1, 59, -61, 900, -900, 3_600, -3_600, 7_200, 43_200, -43_200, 86_400,
            chance.randrange(-604_800, 604_800)))
        if self.running and board.wall_valid and chance.random() < 0.3:
            flex = self.judge.flex  # onto a start, or beside it
            wall_s = board.wall_ms // 1000 + flex.to_start(flex.local()) + chance.choice((-1, 0, 1))
        offset_min = self.offset_min
        if chance.random() < 0.3:
            offset_min = chance.choice((0, 60, 120, -300, 330, 840, -840))
        self.judge.flow_to(self.now())
        self._count("clock sets")
        if wall_s != board.wall_ms // 1000:
            way = "forward" if wall_s > board.wall_ms // 1000 else "back"
            self._count(f"clock sets {way}")
        if offset_min != self.offset_min:
            self._count("clock sets with another offset")

        def request():
            self.desk.clock(wall_s, offset_min)
            self.offset_min = offset_min
        return self._order("set clock", request)

    def lose_wall(self):
        """The wall clock loses its time while the pump runs."""
        if self.board.wall_valid:
            self.board.wall_valid = False
            self.wall_lost_ms = self.now()
            self._count("wall clock lost while running")
        return 0

    def power_cut(self):
        """Now, in the next stroke, or at one of the next flash operations."""
        c = self.chance.random()
        if c < 0.5:
            raise PowerCut
        if c < 0.75:
            self.board.cut_after_stroke = PowerCut()
        else:
            self.board.cut_in = self.chance.randrange(6)
        self.board.until_ms = self.now() + self.chance.choice((0, 60_000, 400_000))
        return 0

    def watchdog(self):
        """The firmware hangs, and the watchdog bites."""
        self.board.hang_ms = self.chance.choice((0, 1, 5_000, 8_300))
        return 0

    def sensor_fault(self):
        """Something breaks, for a while."""
        board = self.board
        if self.fault:
            return 0
        self.looks = 0
        self.fault = self.chance.choice(("blind", "blind", "pressure", "pressure", "pressure",
                                         "flow", "stuck", "heat", "turned", "battery"))
        if self.fault == "battery" and self.chance.random() < 0.8:
            self.fault = "pressure"
        self._count(f"fault: {self.fault}")
        self.note(f"fault: {self.fault}")
        self.judge.disturbed()
        if self.fault == "blind":
            board.blind = True
        elif self.fault == "pressure":
            board.pressure_pa = self.chance.choice((50_000, 60_000, 49_999))
        elif self.fault == "flow":
            board.flow_raw = 40
            board.until_ms = self.now() + 10_000
            return halpipe.WAKE_FLOW
        elif self.fault == "stuck":
            board.stuck = True
        elif self.fault == "heat":
            board.temperature_cdegc = self.chance.choice((4_600, 300))
        elif self.fault == "turned":
            board.encoder = (board.encoder + 100) % 4096
        else:
            board.battery_mv = self.chance.choice((2_550, 2_300))
        board.until_ms = self.now() + self.chance.choice((0, 1_000, 6_000, 60_000, 300_000))
        if self.fault in ("pressure", "heat") and self.chance.random() < 0.04:
            self._count("faults of two days")
            board.until_ms = self.now() + 2 * DAY_MS + self.chance.choice((-60, 1, 60)) * 60_000
        return 0

    def _mend(self):
        board = self.board
        self.note(f"mended: {self.fault}")
        self.judge.disturbed()
        board.blind = board.stuck = False
        board.pressure_pa = self.chance.choice((5_000, 5_000, 24_999, 25_000, 30_000))
        if board.pressure_pa < 25_000:
            self.fault = ""
        board.flow_raw = 0
        board.temperature_cdegc, board.battery_mv = 3_700, 2_900
        return 0
