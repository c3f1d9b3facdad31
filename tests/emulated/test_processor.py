"""The emulated processor keeps exact time, awake, asleep and stalled; the meter tells which."""

import pytest

from hil.emulated.figures import figures
from hil.emulated.meter import worst
from tests.emulated.thumb import B_SELF, NOP, back, processor, read, write

TIMER_NOW, TIMER_ALARM, TIMER_ACK, TIMER_ENABLE = 0x40054028, 0x40054010, 0x40054034, 0x40054038
INTERRUPTS_ON = 0xE000E100
WATCHDOG_CTRL, WATCHDOG_LOAD, SCRATCH0 = 0x40058000, 0x40058004, 0x4005800C
PSM_WDSEL = 0x40010008
ENABLE, TRIGGER = 1 << 30, 1 << 31


def test_a_busy_processor_stops_at_the_nanosecond_asked_for_within_an_instruction():
    made = processor(NOP, NOP, back(2))
    for ns in (1_000, 12_345, 1_000_000):
        made.run_until(ns)
        assert 0 <= made.now_ns - ns < 32
    assert made.meter.cycles * 8 == pytest.approx(made.now_ns, abs=32)


def test_a_sleeping_processor_gets_through_a_day_at_once():
    made = processor()
    made.run_until(86_400e9)
    assert made.now_ns == pytest.approx(86_400e9, abs=1)
    assert made.asleep
    assert made.meter.cycles < 100


def test_the_timer_wakes_it_and_the_meter_counts_the_turn():
    made = processor()
    made.run_until(1e6)
    write(made, TIMER_ENABLE, 1)
    write(made, INTERRUPTS_ON, 1)
    made.meter.begin()
    write(made, TIMER_ALARM, 5_000)
    assert made.next_timer_ns() == pytest.approx(5e6, abs=1e3)
    made.run_until(4.9e6)
    assert made.meter.wakes == 0
    made.run_until(6e6)
    assert made.meter.wakes == 1


def test_a_stall_keeps_it_from_its_instructions_and_the_clock_goes_on():
    made = processor(NOP, back(1))
    made.run_until(1_000_000)
    before = made.meter.cycles
    made.stall(3_000_000)
    made.run_until(3_999_990)
    assert made.meter.cycles == before
    assert made.stalled
    made.run_until(4_001_000)
    assert 100 < made.meter.cycles - before < 130


def test_the_watchdog_resets_a_hung_processor_and_scratch_stays():
    made = processor(B_SELF)
    made.run_until(1e6)
    resets = []
    made.on_reset = lambda: resets.append(made.now_ns)
    write(made, SCRATCH0, 0x54430001)
    write(made, PSM_WDSEL, 0x1FFFF & ~3)
    write(made, WATCHDOG_LOAD, 2 * 50_000)
    write(made, WATCHDOG_CTRL, ENABLE)
    made.hang()
    made.run_until(200e6)
    assert len(resets) == 1
    assert resets[0] == pytest.approx(51e6, abs=1e6)
    assert read(made, SCRATCH0) == 0x54430001
    assert not made.stalled
    assert not read(made, WATCHDOG_CTRL) & ENABLE


def test_a_reset_that_the_firmware_asks_for_happens_once():
    made = processor(B_SELF)
    made.run_until(1e6)
    resets = []
    made.on_reset = lambda: resets.append(made.now_ns)
    write(made, WATCHDOG_CTRL, TRIGGER)
    made.run_until(2e6)
    assert len(resets) == 1


def test_power_lost_ends_the_run_early():
    made = processor(NOP, back(1))
    made.clock.create_alarm(made.lose_power).schedule(500_000)
    made.run_until(1e9)
    assert made.now_ns == pytest.approx(500_000, abs=32)


def test_memory_is_noise_at_power_on_and_the_same_noise_for_a_seed():
    first, second = processor(), processor()
    assert bytes(first.rp2040.sram[:4096]) == bytes(second.rp2040.sram[:4096])
    assert len(set(bytes(first.rp2040.sram[:4096]))) > 200


def test_the_ring_oscillator_is_random_and_repeats():
    first, second = processor(), processor()
    bits = [[read(made, 0x4006001C) for _ in range(200)] for made in (first, second)]
    assert bits[0] == bits[1]
    assert 60 < sum(bits[0]) < 140


def test_the_worst_of_nothing_took_no_time():
    assert worst(processor().meter.turns).busy_ms == 0


def test_the_meter_tells_when_the_firmware_first_did_things():
    made = processor()
    made.run_until(1e6)
    write(made, TIMER_ENABLE, 1)
    write(made, INTERRUPTS_ON, 1)
    write(made, TIMER_ALARM, 2_000)
    made.run_until(3e6)
    write(made, WATCHDOG_LOAD, 1000)
    made.meter.reached("thing")
    assert made.meter.first_ms["slept"] < 0.001
    assert made.meter.first_ms["fed"] == pytest.approx(3.0, abs=0.01)
    assert made.meter.first_ms["thing"] == pytest.approx(3.0, abs=0.01)
    seen = figures(made.meter)
    assert seen["pico.boot_to_therapy_ms"] == pytest.approx(3.0, abs=0.01)
    assert seen["pico.erase_turn_ms"] is None
    assert 0 < seen["pico.duty_percent"] <= 100
