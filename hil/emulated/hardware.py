"""What is around the processor and outlives its power cycles: plant, driver, clock, people.

Every reading is taken from the plant at the instant at which the firmware asks.
"""

from collections.abc import Callable

from hil.emulated.analog import Analog
from hil.emulated.flash import SECTOR_BYTES, FlashChip
from hil.emulated.rtc import ClockChip
from hil.emulated.sensors import EncoderChip, FlowSensorChip
from hil.emulated.sounder import pattern
from hil.emulated.uf2 import FLASH_BYTES
from hil.plant import Plant, PulseDrive

WALL_START_S = 1_767_589_200  # 2026-01-05 05:00 UTC: when a rig's time begins
BLOCKS = 368
STORAGE_BYTES = BLOCKS * SECTOR_BYTES  # at the end of the chip: firmware/image/layout.py
STORAGE_AT = FLASH_BYTES - STORAGE_BYTES


class Storage:
    """The firmware's 368 blocks on the flash chip, as the virtual rig shows them."""

    def __init__(self, chip: FlashChip, image: bytes | None = None) -> None:
        self.chip = chip
        if image is not None:
            if len(image) != STORAGE_BYTES:
                raise ValueError(f"flash image has {len(image)} bytes, not {STORAGE_BYTES}")
            chip.write(STORAGE_AT, image)

    @property
    def image(self) -> bytes:
        """A copy of all blocks as they stand."""
        return self.chip.read(STORAGE_AT, STORAGE_BYTES)

    @property
    def programs(self) -> int:
        """Page programs since the start."""
        return self.chip.programs

    @property
    def erases(self) -> list[int]:
        """Erases of each block since the start."""
        return self.chip.erases[STORAGE_AT // SECTOR_BYTES :]


class Hardware:
    """The bench board without its processor.

    enabled: the driver's enable line is low. stroke_times_ms, sounds [(ms, pattern)],
    tones [(ms, Hz)], lights and enable_edges [(ms, 0 or 1)]: what was seen.
    refused_pulses came with the motor off, wrong_way_pulses with DIR low.
    """

    def __init__(self, plant: Plant, chip: FlashChip, storage: bytes | None = None) -> None:
        self.plant = plant
        self.drive = PulseDrive(plant)
        self.flash = Storage(chip, storage)
        self.now_us: Callable[[], int] = lambda: plant.now_us
        self.enabled = False
        self.level = 0  # of the button, 1 = down
        self.refused_pulses = 0
        self.wrong_way_pulses = 0
        self.sounds: list[tuple[int, int]] = []
        self.tones: list[tuple[int, int]] = []
        self.lights: list[tuple[int, int]] = []
        self.enable_edges: list[tuple[int, int]] = []
        self.wall_offset_s = WALL_START_S
        self.wall_lost = False
        self.flow_chip = FlowSensorChip(self._sample_flow, self.now, self._sample_temperature)
        self.encoder_chip = EncoderChip(self._sample_encoder)
        self.clock_chip = ClockChip(self)
        self.analog = Analog(self._sample_pressure, self._sample_battery)

    @property
    def stroke_times_ms(self) -> list[int]:
        """The first pulse of each stroke."""
        return self.drive.stroke_times_ms

    @property
    def refused_strokes(self) -> int:
        """Strokes' worth of pulses that came with the motor off."""
        return -(-self.refused_pulses // 100)

    @property
    def gated_strokes(self) -> int:
        """The gate is in the firmware's PIO here: what it holds back cannot be seen."""
        return 0

    def now(self) -> int:
        """Time, us."""
        return self.now_us()

    def sync(self) -> None:
        """Bring the plant to the present."""
        self.drive.advance_us(self.now_us())

    def lose_power(self) -> None:
        """What power keeps is gone."""
        self.sync()
        self.enable(False)
        self.tone(0)
        self.light(0)
        self.flow_chip.lose_power()
        self.plant.forget_comparison()

    # --- pins -----------------------------------------------------------------

    def step(self, motor_on: bool, forward: bool) -> None:
        """A rising edge on STEP."""
        self.sync()
        if not motor_on:
            self.refused_pulses += 1
        elif not forward:
            self.wrong_way_pulses += 1
        else:
            self.drive.pulse(self.now_us())

    def enable(self, on: bool) -> None:
        """The enable line changes."""
        if on != self.enabled:
            self.enabled = on
            self.enable_edges.append((self.now_us() // 1000, int(on)))

    def tone(self, hz: int) -> None:
        """The sounder changes."""
        if hz != (self.tones[-1][1] if self.tones else 0):
            self.tones.append((self.now_us() // 1000, hz))
            self.sounds.append((self.now_us() // 1000, pattern(hz)))

    def light(self, on: int) -> None:
        """The alarm light changes."""
        if on != (self.lights[-1][1] if self.lights else 0):
            self.lights.append((self.now_us() // 1000, on))

    # --- sensors --------------------------------------------------------------

    def _sample_flow(self) -> int | None:
        self.sync()
        self.plant.note_comparison()
        return self.drive.flow_raw()

    def _sample_encoder(self) -> int:
        self.sync()
        return self.plant.rotor.encoder_counts()

    def _sample_pressure(self) -> int:
        self.sync()
        return self.plant.pressure_sensor.read(self.plant.line.pressure_kpa)

    def _sample_temperature(self) -> int:
        """In counts of the chip; a dead one is not asked."""
        self.sync()
        return self.plant.temperature_counts or 0

    def _sample_battery(self) -> int:
        self.sync()
        return self.plant.sensed_battery_mv or 0

    # --- the clock that runs on its own cell ------------------------------------

    def clock_s(self) -> int:
        """What the clock chip counts, Unix seconds; wrong when `wall_lost`."""
        return self.wall_offset_s + self.now_us() // 1_000_000

    def wall_s(self) -> int:
        """The time as far as it is known; 0 = lost."""
        return 0 if self.wall_lost else self.clock_s()

    def set_clock(self, unix_s: int) -> None:
        """The firmware sets the clock."""
        self.wall_offset_s = unix_s - self.now_us() // 1_000_000
