"""Button, sounder and light: the pump's hands and voice.

Edges are caught by a hard interrupt into a ring of plain numbers, so that none
is lost while the loop sleeps or strokes and nothing is allocated.
"""

import array
import time

from machine import PWM, Pin

from pump.board.pico import pins
from thecal_wire import halpipe

_RING = 32
_TICK_MASK = (1 << 29) - 1
# pattern: (Hz, duty of 65535); the burst patterns of IEC 60601-1-8 come with the alarm issue.
_TONES = {
    halpipe.PATTERN_LOW: 440, halpipe.PATTERN_MEDIUM: 660, halpipe.PATTERN_HIGH: 880,
    halpipe.PATTERN_GRANTED: 523, halpipe.PATTERN_REFUSED: 262, halpipe.PATTERN_STOP: 330,
}


class People:
    """The patient's button, the sounder and the alarm light."""

    def __init__(self):
        self._button = Pin(pins.BUTTON_N, Pin.IN, Pin.PULL_UP)
        self._ticks = array.array("i", [0] * _RING)
        self._levels = bytearray(_RING)
        self._written = 0
        self._read = 0
        self._light = Pin(pins.LIGHT, Pin.OUT, value=0)
        self._sounder = PWM(Pin(pins.SOUNDER))
        self._sounder.duty_u16(0)
        self._button.irq(self._edge, Pin.IRQ_FALLING | Pin.IRQ_RISING, hard=True)

    def _edge(self, pin):
        slot = self._written % _RING
        now = time.ticks_ms()
        self._ticks[slot] = now & _TICK_MASK  # pyright: ignore[reportOperatorIssue]
        self._levels[slot] = 1 - pin.value()
        self._written += 1

    def waiting(self):
        """True if edges wait to be read."""
        return self._written != self._read

    def level(self):
        """1 while the button is down."""
        return 1 - self._button.value()

    def edges(self):
        """The edges since the last call; when more came than fit, the oldest are gone."""
        if self._written - self._read > _RING:
            self._read = self._written - _RING
        found = []
        while self._read != self._written:
            slot = self._read % _RING
            found.append((self._ticks[slot], self._levels[slot]))
            self._read += 1
        return found

    def sound(self, pattern):
        """Begin a tone, or silence."""
        tone = _TONES.get(pattern)
        if tone is None:
            self._sounder.duty_u16(0)
        else:
            self._sounder.freq(tone)
            self._sounder.duty_u16(32_768)

    def light(self, pattern):
        """Alarm light on or off."""
        self._light.value(1 if pattern else 0)
