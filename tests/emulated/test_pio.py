"""PIO at its exact times while the processor sleeps, and state machines that are stalled."""

import pytest
from rp2040py.gpio_pin import GPIOPinState

from tests.emulated.thumb import processor, write

PIO0 = 0x50200000
CTRL, TXF0, INSTR_MEM, SM0 = PIO0, PIO0 + 0x10, PIO0 + 0x48, PIO0 + 0xC8
CLKDIV, EXECCTRL, SHIFTCTRL, ADDR, INSTR, PINCTRL = (SM0 + 4 * i for i in range(6))
STEP = 2
GPIO_CTRL = 0x40014000 + 8 * STEP + 4
FUNCTION_PIO0 = 6
WRAP = 12

PULL, MOV_X_OSR, MOV_ISR_OSR, MOV_Y_ISR = 0x80A0, 0xA027, 0xA0C7, 0xA046
SET_HIGH, SET_LOW, SET_OUT = 0xE001, 0xE000, 0xE081


def jmp_x_dec(to, delay=0):
    return 0x0040 | to | delay << 8


# pull; mov x, osr; pulse: set 1 [9]; set 0 [8]; jmp x-- pulse
PROGRAM = (PULL, MOV_X_OSR, SET_HIGH | 9 << 8, SET_LOW | 8 << 8, jmp_x_dec(2))
DIVIDER = 15_625  # 8 kHz
PULSE_NS = 20 * 125_000


@pytest.fixture
def made():
    return _with_program(processor())


def _with_program(made):
    made.run_until(1e6)
    for index, opcode in enumerate(PROGRAM):
        write(made, INSTR_MEM + 4 * index, opcode)
    write(made, CLKDIV, DIVIDER << 16)
    write(made, EXECCTRL, (len(PROGRAM) - 1) << WRAP)
    write(made, PINCTRL, 1 << 26 | STEP << 5)
    write(made, GPIO_CTRL, FUNCTION_PIO0)
    write(made, INSTR, SET_OUT)
    return made


def edges(made):
    seen = []
    made.rp2040.gpio[STEP].add_listener(
        lambda value, before: seen.append(made.now_ns) if value is GPIOPinState.HIGH else None)
    return seen


def test_pulses_come_at_their_exact_times_while_the_processor_sleeps(made):
    seen = edges(made)
    write(made, CTRL, 1)
    write(made, TXF0, 99)
    made.run_until(400e6)
    assert len(seen) == 100
    gaps = {round(b - a) for a, b in zip(seen, seen[1:], strict=False)}
    assert gaps == {PULSE_NS}
    assert made.asleep


def test_a_busy_processor_changes_nothing_about_the_pulses():
    from tests.emulated.thumb import NOP, back

    made = _with_program(processor(NOP, back(1)))
    seen = edges(made)
    write(made, CTRL, 1)
    write(made, TXF0, 4)
    made.run_until(20e6)
    assert len(seen) == 5
    assert {b - a for a, b in zip(seen, seen[1:], strict=False)} == {PULSE_NS}


def test_an_idle_block_costs_no_time(made):
    write(made, CTRL, 1)
    made.run_until(86_400e9)
    assert made.asleep


def test_a_word_for_a_machine_that_is_off_waits_in_the_fifo(made):
    seen = edges(made)
    write(made, CTRL, 1)
    made.run_until(2e6)  # stalled in pull
    write(made, CTRL, 0)
    write(made, TXF0, 2)
    made.run_until(100e6)
    assert seen == []
    write(made, CTRL, 1)
    made.run_until(200e6)
    assert len(seen) == 3


def test_instructions_executed_from_outside_do_not_end_a_stall(made):
    """How step_gate.py loads its gate: off, word, pull, mov isr, mov y, on."""
    seen = edges(made)
    write(made, CTRL, 1)
    made.run_until(2e6)
    write(made, CTRL, 0)
    write(made, TXF0, 275)
    for opcode in (PULL, MOV_ISR_OSR, MOV_Y_ISR):
        write(made, INSTR, opcode)
    write(made, CTRL, 1)
    made.run_until(100e6)
    assert seen == []
    machine = made.rp2040.pio[0].machines[0]
    assert (machine.input_shift_reg, machine.y) == (275, 275)
    write(made, TXF0, 1)
    made.run_until(200e6)
    assert len(seen) == 2
