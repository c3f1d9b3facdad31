"""What the plant's sensors say of temperature and battery, up to the firmware's Look."""

import importlib
import struct
import sys
from types import SimpleNamespace

import pytest

from hil.emulated.analog import BATTERY, Analog
from hil.emulated.flash import FlashChip
from hil.emulated.hardware import Hardware as EmulatedHardware
from hil.emulated.uf2 import FLASH_BYTES
from hil.plant import Plant, PlantSettings
from hil.rigs.flash import Flash
from hil.rigs.services import Hardware
from pump.board import hal
from pump.board.pico.flow_sensor import FlowSensor
from pump.board.virtual.body import VirtualBoard
from thecal_wire import halpipe


@pytest.fixture
def plant():
    return Plant(PlantSettings())


# --- the virtual body, through the pipe ---------------------------------------


class Pipe:
    """Both ends of the pipe at once: what the body writes is answered by the hardware."""

    def __init__(self, hardware):
        self._hardware = hardware
        self._answer = b""

    def write(self, request):
        op, _ = struct.unpack_from(halpipe.REQUEST_HEAD, request)
        self._answer = halpipe.reply(0, self._hardware.handlers[op](request[3:]))

    def readinto(self, buffer):
        buffer[:] = self.read(len(buffer))
        return len(buffer)

    def read(self, count):
        data, self._answer = self._answer[:count], self._answer[count:]
        return data


@pytest.fixture
def virtual(plant, monkeypatch):
    pipe = Pipe(Hardware(plant, Flash(), None, seed=1))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=pipe))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=pipe))
    return VirtualBoard()


@pytest.mark.parametrize(("mdegc", "mv"), [(37_000, 3_050), (-12_340, 2_599), (45_010, 0)])
def test_the_virtual_body_hands_on_both(plant, virtual, mdegc, mv):
    plant.temperature_mdegc, plant.battery_mv = mdegc, mv
    look = virtual.look()
    assert (look.temperature_cdegc, look.battery_mv) == (mdegc // 10, mv)
    assert look.encoder is not None


def test_the_virtual_body_says_none_for_what_is_not_there(plant, virtual):
    plant.sensor_dead(True)
    plant.battery.unsensed = True
    look = virtual.look()
    assert (look.flow_raw, look.temperature_cdegc, look.battery_mv) == (None, None, None)
    assert look.pressure_pa is not None


# --- the Pico's drivers, on the emulated parts -----------------------------------


class Wire:
    """A bus with one chip, as the driver sees it."""

    def __init__(self, chip):
        self._chip = chip
        self.damage = -1

    def device(self, _address):
        return self

    def write(self, data):
        return self._chip.begin(False) and all(self._chip.write(byte) for byte in data)

    def read(self, buffer):
        if not self._chip.begin(True):
            return False
        for at in range(len(buffer)):
            buffer[at] = self._chip.read() ^ (at == self.damage)
        return True


@pytest.fixture
def hardware(plant):
    return EmulatedHardware(plant, FlashChip(bytes(FLASH_BYTES)))


@pytest.fixture
def wire(hardware):
    return Wire(hardware.flow_chip)


@pytest.fixture
def driver(plant, wire):
    made = FlowSensor(wire)
    made.start()
    plant.advance(20)
    return made


def seen_by(driver):
    look = hal.Look()
    driver.look(look)
    return look.flow_raw, look.temperature_cdegc


@pytest.mark.parametrize("mdegc", [37_000, 5_000, -12_340, 45_010])
def test_the_flow_chip_tells_the_driver_flow_and_temperature(plant, driver, mdegc):
    plant.temperature_mdegc = mdegc
    plant.sensor_stuck(-321)
    assert seen_by(driver) == (-321, mdegc // 10)
    assert driver.flow_raw() == -321


def test_a_damaged_word_costs_its_own_reading_only(plant, wire, driver):
    plant.sensor_stuck(12)
    for damage, seen in ((1, (None, 3_700)), (2, (None, 3_700)), (3, (12, None)), (5, (12, None))):
        wire.damage = damage
        assert seen_by(driver) == seen


def test_a_dead_chip_has_neither(plant, driver):
    plant.sensor_dead(True)
    assert seen_by(driver) == (None, None)


def test_a_temperature_that_no_chip_survives_is_no_reading(hardware, driver):
    hardware.flow_chip._temperature = lambda: 20_001
    assert seen_by(driver)[1] is None
    hardware.flow_chip._temperature = lambda: -8_001
    assert seen_by(driver)[1] is None


@pytest.fixture
def analog_driver(hardware, monkeypatch):
    """The Pico's ADC driver on the emulated inputs."""
    def adc(pin):
        return SimpleNamespace(read_u16=lambda: hardware.analog.counts(pin - 26) * 65_535 // 4_095)

    monkeypatch.setitem(sys.modules, "machine", SimpleNamespace(ADC=adc, Pin=lambda number: number))
    monkeypatch.delitem(sys.modules, "pump.board.pico.analog", raising=False)
    made = importlib.import_module("pump.board.pico.analog").Analog()
    monkeypatch.delitem(sys.modules, "pump.board.pico.analog")
    return made


@pytest.mark.parametrize("mv", [3_050, 2_600, 2_400, 1_800])
def test_the_adc_reads_the_battery_within_a_step(plant, analog_driver, mv):
    plant.battery_mv = mv
    assert analog_driver.battery_mv() == pytest.approx(mv, abs=2)


def test_no_battery_is_no_reading(plant, analog_driver):
    plant.battery.unsensed = True
    assert analog_driver.battery_mv() is None
    plant.battery.unsensed = False
    assert analog_driver.battery_mv() == pytest.approx(3_050, abs=2)


def test_the_adc_channel_has_half_of_the_plants_voltage(plant, hardware):
    plant.battery_mv = 3_300
    assert isinstance(hardware.analog, Analog)
    assert hardware.analog.counts(BATTERY) == pytest.approx(2_048, abs=1)
