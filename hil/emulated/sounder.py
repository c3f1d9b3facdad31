"""Tones of the sounder, from the registers of its PWM: no edge has to be emulated.

The firmware tells a tone by several register writes; it counts 1 ms after the last one.
"""

from collections.abc import Callable
from typing import Any

from thecal_wire import halpipe

CLOCK_HZ = 125_000_000
SETTLE_NS = 1_000_000.0
_ENABLE, _PHASE_CORRECT = 1 << 0, 1 << 1

# What each tone means, for tests that ask for patterns: firmware/pump/board/pico/people.py.
PATTERNS = {
    0: halpipe.PATTERN_NONE, 440: halpipe.PATTERN_LOW, 660: halpipe.PATTERN_MEDIUM,
    880: halpipe.PATTERN_HIGH, 523: halpipe.PATTERN_GRANTED, 262: halpipe.PATTERN_REFUSED,
    330: halpipe.PATTERN_STOP,
}
UNKNOWN_PATTERN = 255


class Sounder:
    """Watches one PWM slice and channel; `on_tone` gets each change, in Hz, 0 = silent."""

    def __init__(self, clock: Any, pwm: Any, pin: int, on_tone: Callable[[int], None]) -> None:
        self._slice = pwm.channels[pin // 2 % 8]
        self._channel_b = pin % 2
        self._on_tone = on_tone
        self._hz = 0
        self._alarm = clock.create_alarm(self._settled)
        stock = pwm.write_uint32

        def write_uint32(offset: int, value: int) -> None:
            stock(offset, value)
            self._alarm.schedule(SETTLE_NS)

        pwm.write_uint32 = write_uint32
        for channel in pwm.channels:
            # Thousands of edges a second that nobody looks at: the counters stay still.
            channel.update_enable = lambda: None

    def silence(self) -> None:
        """Reset or loss of power: the pin is let go."""
        self._alarm.cancel()
        self._tell(0)

    def _settled(self) -> None:
        self._tell(self._frequency_hz())

    def _tell(self, hz: int) -> None:
        if hz != self._hz:
            self._hz = hz
            self._on_tone(hz)

    def _frequency_hz(self) -> int:
        pwm = self._slice
        on = pwm.cc >> 16 if self._channel_b else pwm.cc & 0xFFFF
        if not pwm.csr & _ENABLE or not 0 < on <= pwm.top:
            return 0
        divider = (pwm.div >> 4 & 0xFF or 256) + (pwm.div & 0xF) / 16
        steps = (pwm.top + 1) * (2 if pwm.csr & _PHASE_CORRECT else 1)
        return round(CLOCK_HZ / divider / steps)


def pattern(hz: int) -> int:
    """The pattern whose tone this is, within 1 %."""
    for tone_hz, code in PATTERNS.items():
        if abs(hz - tone_hz) <= tone_hz / 100:
            return code
    return UNKNOWN_PATTERN
