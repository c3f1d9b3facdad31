"""The engine's time, events and power, with a processor that only sleeps."""

import pytest

from hil.emulated.engine import Engine
from hil.emulated.flash import FlashChip, FlashCut
from hil.emulated.hardware import STORAGE_AT, STORAGE_BYTES, Hardware
from hil.plant import Plant, PlantSettings
from hil.rigs.host_port import HostPort
from tests.emulated.thumb import SLEEP_FOR_EVER, flash, write

GPIO_OUT_SET, GPIO_OUT_CLR, GPIO_OE_SET = 0xD0000014, 0xD0000018, 0xD0000024
SIO_FUNCTION = 5
STEP, DIRECTION, ENABLE_N = 2, 3, 4


@pytest.fixture
def engine():
    port = HostPort()
    chip = FlashChip(flash(*SLEEP_FOR_EVER))
    made = Engine(Hardware(Plant(PlantSettings(seed=2)), chip), port, seed=2)
    yield made
    made.close()
    port.close()


def drive(engine, *pins):
    """Make pins outputs, as the firmware does."""
    processor = engine.board.processor
    for pin in pins:
        write(processor, GPIO_OE_SET, 1 << pin)
        write(processor, 0x40014004 + 8 * pin, SIO_FUNCTION)


def put(engine, pin, level):
    write(engine.board.processor, GPIO_OUT_SET if level else GPIO_OUT_CLR, 1 << pin)


def pulse(engine, count, period_ms=2):
    for _ in range(count):
        put(engine, STEP, 1)
        put(engine, STEP, 0)
        engine.run(engine.now_ms + period_ms)


def test_time_is_exact_with_power_and_without(engine):
    engine.run(1_000)
    assert (engine.now_ms, engine.hardware.plant.now_ms) == (1_000, 1_000)
    engine.power_on()
    engine.run(2_500)
    assert (engine.now_us, engine.hardware.plant.now_us) == (2_500_000, 2_500_000)
    engine.power_off()
    engine.run(3_000)
    engine.power_on()
    engine.run(4_000)
    assert engine.now_us == 4_000_000
    assert engine.power_cuts == 1


def test_events_come_in_order_at_their_times(engine):
    seen = []
    for ms in (30, 10, 20):
        engine.at(ms, lambda: seen.append(engine.now_us))
    engine.at(20, lambda: engine.at(25, lambda: seen.append(engine.now_us)))
    engine.power_on()
    engine.run(100)
    assert seen == [10_000, 20_000, 25_000, 30_000]


def test_pulses_move_the_rotor_with_the_motor_on_and_forward_only(engine):
    engine.power_on()
    drive(engine, STEP, DIRECTION, ENABLE_N)
    hardware = engine.hardware
    put(engine, ENABLE_N, 1)
    put(engine, DIRECTION, 1)
    pulse(engine, 3)
    assert (hardware.refused_pulses, hardware.drive.pulses, hardware.enabled) == (3, 0, False)
    put(engine, ENABLE_N, 0)
    assert hardware.enabled
    pulse(engine, 5)
    put(engine, DIRECTION, 0)
    pulse(engine, 2)
    assert (hardware.drive.pulses, hardware.wrong_way_pulses) == (5, 2)
    assert hardware.stroke_times_ms == [6]
    engine.power_off()
    assert not hardware.enabled


def test_a_pin_that_nobody_drives_leaves_the_motor_off(engine):
    engine.power_on()
    drive(engine, STEP)
    pulse(engine, 1)
    assert engine.hardware.refused_pulses == 1


def test_the_button_reaches_its_pin_and_survives_a_power_cycle(engine):
    engine.power_on()
    engine.at(5, lambda: engine.set_button(1))
    engine.run(10)
    pins = engine.board.processor.rp2040.gpio
    pins[5].pad_value = 0x5A  # input on, pull-up
    assert not pins[5].input_value
    engine.set_button(0)
    assert pins[5].input_value
    engine.set_button(1)
    engine.power_off()
    engine.power_on()
    pins = engine.board.processor.rp2040.gpio
    pins[5].pad_value |= 0x48
    assert not pins[5].input_value


def test_flash_outlives_power_and_a_planned_cut_takes_it(engine):
    engine.power_on()
    ssi = engine.board.processor.rp2040.ssi
    engine.cut_in_flash(FlashCut(0, "inside", 2))

    def program():
        ssi._write_enabled = True
        ssi._tx_buffer = bytearray((2, *STORAGE_AT.to_bytes(3, "big"))) + b"\x01\x02\x03\x04"
        ssi._apply_command()

    engine.at(7, program)
    engine.run(20)
    assert not engine.powered
    assert engine.last_cut.operation.address == STORAGE_AT
    assert engine.last_cut.at_ms == 7
    assert engine.hardware.flash.image[:4] == b"\x01\x02\xff\xff"
    assert len(engine.hardware.flash.image) == STORAGE_BYTES
    engine.power_on()
    assert engine.board.processor.rp2040.flash[STORAGE_AT] == 1


def test_the_same_inputs_give_the_same_run(engine):
    def run():
        port = HostPort()
        chip = FlashChip(flash(*SLEEP_FOR_EVER))
        made = Engine(Hardware(Plant(PlantSettings(seed=2)), chip), port, seed=2)
        made.power_on()
        drive(made, STEP, DIRECTION, ENABLE_N)
        put(made, DIRECTION, 1)
        put(made, ENABLE_N, 0)
        pulse(made, 30)
        sample = made.hardware._sample_flow()
        port.close()
        return sample, made.hardware.plant.snapshot(), made.board.processor.meter.cycles

    assert run() == run()


def test_a_silent_processor_without_usb_does_not_hold_settling_for_ever(engine):
    engine.power_on()
    engine.settle()
    assert engine.unsettled == 1


def test_the_wall_clock_runs_through_power_cuts_and_can_be_lost(engine):
    hardware = engine.hardware
    before = hardware.wall_s()
    engine.run(10_000)
    assert hardware.wall_s() == before + 10
    hardware.set_clock(2_000_000_000)
    engine.run(12_000)
    assert hardware.wall_s() == 2_000_000_002
    hardware.wall_lost = True
    assert hardware.wall_s() == 0
