"""The contract between the firmware and a body (a board, or the virtual one).

Times are ticks: ms modulo 2^29 (core/clock.py). A body does what it is told
and decides nothing, but for one thing: it makes no stroke without a fresh,
marked permit.
"""


class PermitRefused(Exception):
    """A stroke was asked for with a permit that is used or has no tally mark."""


class Look:
    """One look at the sensors with the rotor still; None = no valid reading.

    `flow_raw` in 0.1 uL/min, `pressure_pa` in Pa gauge, `encoder` in counts,
    `temperature_cdegc` in 1/100 degC, `battery_mv` in mV.
    """

    def __init__(self):
        self.flow_raw: int | None = 0
        self.pressure_pa: int | None = 0
        self.encoder: int | None = 0
        self.temperature_cdegc: int | None = None
        self.battery_mv: int | None = None


class Burst:
    """What was seen through one stroke; the flow samples are 20 ms apart.

    `zero_raw` is the sensor's reading with the rotor still just before.
    """

    def __init__(self):
        self.encoder_before: int | None = 0
        self.encoder_after: int | None = 0
        self.zero_raw: int | None = 0
        self.pressure_pa: int | None = 0
        self.samples: list[int] | tuple[int, ...] | None = None


class Board:
    """What every body offers. Units as in the names; nothing here blocks for long but `sleep`."""

    def __init__(self):
        self._last_serial = -1

    def admit(self, permit):
        """Raise PermitRefused unless `permit` is marked and was not used before."""
        if permit is None or permit.mark <= 0 or permit.serial == self._last_serial:
            raise PermitRefused("stroke without a fresh, marked permit")
        self._last_serial = permit.serial

    def wall_known(self):
        """False if the wall clock has lost its time; seconds are above 2^30 and take memory."""
        return self.wall_get() != 0  # pyright: ignore[reportAttributeAccessIssue]

    # Time: the tick now; sleep until a time, a flow above `watch_raw`, a byte
    # or a button edge, whichever is first (returns the WAKE_ flags of halpipe).
    #   now() -> tick                      sleep(duration_ms, watch_raw) -> flags
    # Pump: sensors; one stroke; least ms between strokes; driver enable line.
    #   look() -> Look                     stroke(permit) -> Burst
    #   gate(least_ms)                     enable(on)
    # Flash: store/nor.py.
    #   flash_read(address, count) -> bytes    flash_read_into(address, buffer)
    #   flash_program(address, data)       flash_erase(block)
    #   flash_blank(address, count) -> bool
    #   flash_view(address, count) -> the bytes, in place where the body can: not to be kept
    # USB: at most `most` bytes; how many of data[start:] were taken (0 = host does not drain).
    #   usb_read(most) -> bytes            usb_write(data, start) -> int
    # People: level now and edges since the last call; patterns of halpipe.
    #   buttons() -> (level, [(tick, level), ...])
    #   sound(pattern)                     light(pattern)
    # Wall clock, Unix seconds, 0 = lost its time.
    #   wall_get() -> seconds              wall_set(seconds)
    #   wall_known() -> bool, below
    # Watchdog: fed from one line of app/loop.py only; three words survive its reset.
    #   feed()                             scratch_get() -> (cause, a, b, c)
    #   scratch_set(a, b, c)
    # Rest.
    #   random(count) -> bytes             trace(text)
