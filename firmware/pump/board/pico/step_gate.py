"""The step gate: PIO makes the pulses, and alone decides how soon the next stroke may come.

One FIFO word is one stroke; its value is the number of pulses less one. After
a stroke the program counts down the gate held in its ISR register before it
takes the next word, so that no code on the processor, hung or hostile, makes
strokes faster than the active programme's gate. A second state machine holds
the driver's enable line low for one stroke at a time and drops it a few ms
after the last pulse.

Clock 8 kHz, one cycle = 125 us; [RP2040] section 3.4 (instructions), 3.5.7 (exec).
"""

import time

import rp2
from machine import Pin

from pump.board.pico import pins as board_pins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rp2.asm_pio_rp2040 import *  # noqa: F403

CLOCK_HZ = 8_000
PULSES = 100  # of one stroke: 1/16 turn at 1600 microsteps a turn
SPIN_UP_MS = 2  # from motor on to the first pulse
STROKE_MS = 252  # motor on to the end of the last pulse
GATE_STEP_MS = 4  # one turn of the gate's loop


@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW)
def _step():
    wrap_target()
    pull(block)  # the stroke
    mov(x, osr)
    irq(4)  # motor on
    nop() [13]
    label("pulse")
    set(pins, 1) [9]
    set(pins, 0) [8]
    jmp(x_dec, "pulse")  # 20 cycles = 2.5 ms a pulse
    mov(y, isr)  # the gate
    label("gate")
    jmp(y_dec, "gate") [31]
    wrap()


@rp2.asm_pio(set_init=rp2.PIO.OUT_HIGH)
def _motor():
    wrap_target()
    wait(1, irq, 4)  # pyright: ignore[reportArgumentType]
    set(pins, 0)
    set(x, 31)
    label("first")
    jmp(x_dec, "first") [31]  # 128 ms
    set(x, 31)
    label("second")
    jmp(x_dec, "second") [31]  # 128 ms
    nop() [15]  # 2 ms
    set(pins, 1)
    wrap()


_GATE_LOOP = 8  # index of the gate's loop in _step
_OFFSET = 1  # where rp2 keeps the address at which a program was loaded into PIO 0


class StepGate:
    """Makes strokes, no sooner after one another than the gate."""

    def __init__(self):
        Pin(board_pins.ENABLE_N, Pin.OUT, value=1)
        Pin(board_pins.DIRECTION, Pin.OUT, value=1)
        self._steps = rp2.StateMachine(0, _step, freq=CLOCK_HZ, set_base=Pin(board_pins.STEP))
        self._motor = rp2.StateMachine(1, _motor, freq=CLOCK_HZ, set_base=Pin(board_pins.ENABLE_N))
        self._on = False
        self._least_ms = 0  # 0 = no strokes
        self._last = None  # ticks at which the last stroke was queued

    def enable(self, on):
        """Let strokes through, or stop the pulses at once and hold the motor off."""
        if on == self._on:
            return
        self._on = on
        if on:
            self._steps.restart()
            self._motor.restart()
            self._motor.exec("irq(clear, 4)")  # of a stroke that was stopped half way
            self._load_gate()
            self._motor.active(1)
            self._steps.active(1)
        else:
            self._steps.active(0)
            self._motor.active(0)
            self._motor.exec("set(pins, 1)")
            self._steps.exec("set(pins, 0)")

    def gate(self, least_ms):
        """Set the least time between the starts of two strokes, counted from the last one."""
        self._least_ms = least_ms
        if self._on:
            self._steps.active(0)
            self._load_gate()
            self._steps.active(1)

    def stroke(self):
        """Queue one stroke; False if one is still queued or the motor is held off."""
        if not self._on or self._steps.tx_fifo():
            return False
        self._last = time.ticks_ms()
        self._steps.put(PULSES - 1)
        return True

    def _load_gate(self):
        """With the machine stopped: the gate to ISR, what is left of it to Y, on to its loop.

        Words still queued are thrown away first: one of them would be taken for the gate.
        """
        steps = self._steps
        while steps.tx_fifo():
            steps.exec("pull(noblock)")
        steps.put(_turns(self._least_ms - STROKE_MS))
        steps.exec("pull()")
        steps.exec("mov(isr, osr)")
        left_ms = self._least_ms - STROKE_MS
        if self._last is not None:
            left_ms = self._least_ms - time.ticks_diff(time.ticks_ms(), self._last)
        steps.put(_turns(left_ms))
        steps.exec("pull()")
        steps.exec("mov(y, osr)")
        at = _step[_OFFSET]  # pyright: ignore[reportIndexIssue]
        steps.exec(at + _GATE_LOOP)  # a jump: its code is the address alone


def _turns(span_ms):
    """Turns of the gate's loop for a span, rounded down so that the guard's gate is the longer."""
    turns = span_ms // GATE_STEP_MS - 1
    return max(0, min(turns, 0x0FFFFFFF))
