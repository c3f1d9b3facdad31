"""UF2 images, the hardware divider, the ADC's inputs and the sounder's tones."""

import struct

import pytest

from hil.emulated import uf2
from hil.emulated.analog import BATTERY, PRESSURE, STUCK_HIGH, Analog
from hil.emulated.sounder import Sounder, pattern
from tests.emulated.thumb import processor, read, write
from thecal_wire import halpipe

SIO = 0xD0000000
UDIVIDEND, UDIVISOR, SDIVIDEND, SDIVISOR, QUOTIENT, REMAINDER = (
    SIO + 0x60 + 4 * index for index in range(6))
PWM_SLICE_3 = 0x40050000 + 3 * 0x14
CSR, DIV, CC, TOP = PWM_SLICE_3, PWM_SLICE_3 + 4, PWM_SLICE_3 + 0xC, PWM_SLICE_3 + 0x10


def block(address, data):
    head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, address, len(data), 0, 1, 0xE48BFF56)
    return head + data.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)


def test_an_image_lies_where_its_blocks_say_and_the_rest_is_blank(tmp_path):
    path = tmp_path / "x.uf2"
    path.write_bytes(block(0x10000100, b"two" * 40) + block(0x10000000, b"one"))
    flash = uf2.read(path)
    assert flash[:4] == b"one\xff"
    assert flash[0x100 : 0x100 + 121] == b"two" * 40 + b"\xff"
    assert len(flash) == 2 * 1024 * 1024


@pytest.mark.parametrize("data", [
    b"", b"x" * 512, block(0x10000000, b"x")[:-1], block(0x20000000, b"x"),
    block(0x101FFFFF, b"xx"),
], ids=["empty", "no magic", "short", "RAM", "past the end"])
def test_what_is_no_image_for_a_pico_is_refused(tmp_path, data):
    path = tmp_path / "x.uf2"
    path.write_bytes(data)
    with pytest.raises(uf2.NotAnImage):
        uf2.read(path)


@pytest.mark.parametrize(("dividend", "divisor", "quotient", "remainder"), [
    (7, 2, 3, 1), (0xFFFFFFFF, 10, 429496729, 5), (5, 0, 0xFFFFFFFF, 5), (0, 0, 0xFFFFFFFF, 0),
])
def test_the_divider_divides(dividend, divisor, quotient, remainder):
    made = processor()
    write(made, UDIVIDEND, dividend)
    write(made, UDIVISOR, divisor)
    assert (read(made, QUOTIENT), read(made, REMAINDER)) == (quotient, remainder)


@pytest.mark.parametrize(("dividend", "divisor", "quotient", "remainder"), [
    (7, -2, -3, 1), (-7, 2, -3, -1), (-7, -2, 3, -1), (-(1 << 31), -1, -(1 << 31), 0),
    (5, 0, -1, 5), (-5, 0, 1, -5),
])
def test_the_divider_divides_signed_numbers_towards_zero(dividend, divisor, quotient, remainder):
    made = processor()
    write(made, SDIVIDEND, dividend)
    write(made, SDIVISOR, divisor)
    mask = 0xFFFFFFFF
    assert read(made, QUOTIENT) == quotient & mask
    assert read(made, REMAINDER) == remainder & mask


def test_a_divider_saved_and_restored_by_an_interrupt_keeps_its_result():
    made = processor()
    write(made, UDIVIDEND, 100)
    write(made, UDIVISOR, 7)
    saved = read(made, QUOTIENT), read(made, REMAINDER)
    write(made, UDIVIDEND, 3)
    write(made, REMAINDER, saved[1])
    write(made, QUOTIENT, saved[0])
    assert (read(made, QUOTIENT), read(made, REMAINDER)) == (14, 2)


def test_the_adc_sees_pressure_and_battery_and_can_be_stuck():
    analog = Analog(lambda: 100_000, lambda: 3700.0)
    assert analog.counts(PRESSURE) == pytest.approx((311.3 + 1245.3) / 3300 * 4095, abs=1)
    assert analog.counts(BATTERY) == pytest.approx(1850 / 3300 * 4095, abs=1)
    analog.stuck[PRESSURE] = STUCK_HIGH
    assert analog.counts(PRESSURE) == 4095
    assert analog.counts(2) == 0


def test_a_conversion_asks_at_its_instant():
    made = processor()
    made.run_until(1e6)
    asked = []
    analog = Analog(lambda: asked.append(made.now_ns) or 0, lambda: 0.0)
    analog.attach(made.rp2040.adc)
    write(made, 0x4004C000, 0b101)
    assert asked == [made.now_ns]
    made.run_until(made.now_ns + 3000)
    assert read(made, 0x4004C004) == round(311.3 / 3300 * 4095)
    assert analog.conversions == 1


def test_a_tone_is_told_once_its_registers_are_settled():
    made = processor()
    made.run_until(1e6)
    tones = []
    sounder = Sounder(made.clock, made.rp2040.pwm, 6, lambda hz: tones.append(hz))
    write(made, DIV, 8 << 4)
    write(made, TOP, 29_875)
    write(made, CC, 14_938)
    write(made, CSR, 1)
    made.run_until(4e6)
    assert tones == [523]
    assert pattern(tones[0]) == halpipe.PATTERN_GRANTED
    write(made, CC, 0)
    made.run_until(6e6)
    assert tones == [523, 0]
    write(made, CC, 100)
    made.run_until(8e6)
    sounder.silence()
    assert tones == [523, 0, 523, 0]


def test_an_unknown_tone_has_no_pattern():
    assert pattern(1234) == 255
