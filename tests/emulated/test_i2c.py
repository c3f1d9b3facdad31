"""Devices on I2C: their bytes, the time these take, and each fault."""

import pytest

from hil.emulated.i2c import Bus, Fault
from hil.emulated.rtc import ClockChip, decode, encode
from hil.emulated.sensors import EncoderChip, FlowSensorChip, crc8
from tests.emulated.thumb import processor, read, write

I2C0 = 0x40044000
TAR, DATA_CMD, ENABLE = I2C0 + 0x04, I2C0 + 0x10, I2C0 + 0x6C
HIGH_COUNT, LOW_COUNT, ABORT_SOURCE, RX_LEVEL = (I2C0 + 0x1C, I2C0 + 0x20, I2C0 + 0x80,
                                                 I2C0 + 0x78)
RESTART, STOP, READ = 1 << 10, 1 << 9, 1 << 8


class Wall:
    def __init__(self):
        self.wall_lost = False
        self.s = 1_767_589_200
        self.set_to = None

    def clock_s(self):
        return self.s

    def set_clock(self, unix_s):
        self.set_to = unix_s


class Bench:
    """A bus at 400 kHz with all three chips, and a controller that is told what to do."""

    def __init__(self):
        self.made = processor()
        self.made.run_until(1e6)
        self.raw = 123
        self.counts = 0xABC
        self.wall = Wall()
        self.flow = FlowSensorChip(lambda: self.raw, lambda: int(self.made.now_ns // 1000))
        self.encoder = EncoderChip(lambda: self.counts)
        self.clock = ClockChip(self.wall)
        self.bus = Bus(self.made.clock, self.made.rp2040.i2c[0],
                       (self.flow, self.encoder, self.clock))
        write(self.made, HIGH_COUNT, 125)
        write(self.made, LOW_COUNT, 188)

    def transfer(self, address, data=b"", count=0, wait_ms=5.0):
        """Write, then read `count` bytes; what came, or None if nobody answered."""
        write(self.made, ENABLE, 0)
        write(self.made, TAR, address)
        write(self.made, ENABLE, 1)
        words = list(data)
        words += [READ | (RESTART if index == 0 and data else 0) for index in range(count)]
        words[-1] |= STOP
        for word in words:
            write(self.made, DATA_CMD, word)
        begun_ns = self.made.now_ns
        while self.made.now_ns - begun_ns < wait_ms * 1e6:
            self.made.run_until(self.made.now_ns + 1e3)
            if read(self.made, ABORT_SOURCE):
                return None
            idle = self.made.rp2040.i2c[0]._state == 0
            if idle and read(self.made, RX_LEVEL) == count:
                break
        self.took_us = (self.made.now_ns - begun_ns) / 1000
        return bytes(read(self.made, DATA_CMD) & 0xFF for _ in range(read(self.made, RX_LEVEL)))

    def start_flow(self):
        self.transfer(0x08, b"\x36\x08")
        self.made.run_until(self.made.now_ns + 20e6)


@pytest.fixture
def bench():
    return Bench()


def test_a_flow_reading_has_its_crc_and_takes_its_time_on_the_wire(bench):
    bench.start_flow()
    answer = bench.transfer(0x08, count=3)
    assert answer == b"\x00\x7b" + bytes((crc8(b"\x00\x7b"),))
    bits = 1 + 9 + 3 * 9 + 1
    assert bench.took_us == pytest.approx(bits * 2.504, abs=2)


def test_the_crc_is_sensirions():
    assert crc8(b"\xbe\xef") == 0x92


def test_a_negative_flow_is_two_s_complement(bench):
    bench.start_flow()
    bench.raw = -2
    assert bench.transfer(0x08, count=2) == b"\xff\xfe"


def test_the_flow_sensor_answers_only_once_it_measures(bench):
    assert bench.transfer(0x08, count=3) is None
    bench.transfer(0x08, b"\x36\x08")
    assert bench.transfer(0x08, count=3) is None
    bench.made.run_until(bench.made.now_ns + 12e6)
    assert bench.transfer(0x08, count=3) is not None
    bench.transfer(0x08, b"\x3f\xf9")
    assert bench.transfer(0x08, count=3) is None


def test_a_start_is_refused_while_it_measures_and_an_unknown_command_always(bench):
    bench.start_flow()
    assert bench.transfer(0x08, b"\x36\x08") is None
    assert bench.transfer(0x08, b"\x12\x34") is None
    assert bench.transfer(0x08, count=3) is not None


def test_each_fault_of_the_flow_sensor(bench):
    bench.start_flow()
    good = bench.transfer(0x08, count=3)
    bench.flow.fault = Fault.BAD_CRC
    bad = bench.transfer(0x08, count=3)
    assert bad is not None and bad[:2] == good[:2] and bad[2] != good[2]
    bench.flow.fault = Fault.STUCK
    bench.raw = 999
    assert bench.transfer(0x08, count=3) == good
    bench.flow.fault = Fault.OUT_OF_RANGE
    assert bench.transfer(0x08, count=2) == b"\x7f\xff"
    bench.flow.fault = Fault.SILENT
    assert bench.transfer(0x08, count=3) is None
    bench.flow.fault = Fault.NONE
    bench.raw = None
    assert bench.transfer(0x08, count=3) is None


def test_a_stretched_clock_stops_the_whole_bus_until_it_is_let_go(bench):
    bench.start_flow()
    bench.flow.fault = Fault.STRETCHES
    assert bench.transfer(0x08, count=3) == b""
    assert bench.transfer(0x36, b"\x0b", 1) == b""
    bench.flow.fault = Fault.NONE
    assert bench.transfer(0x36, b"\x0b", 1) == b"\x20"
    assert len(bench.transfer(0x08, count=3)) == 3


def test_the_encoder_gives_status_and_angle_from_its_pointer(bench):
    assert bench.transfer(0x36, b"\x0b", 3) == b"\x20\x0a\xbc"
    assert bench.transfer(0x36, b"\x0c", 4) == b"\x0a\xbc\x0a\xbc"
    bench.encoder.magnet = EncoderChip.MAGNET_TOO_WEAK
    assert bench.transfer(0x36, b"\x0b", 1) == b"\x30"
    bench.encoder.fault = Fault.STUCK
    bench.counts = 5
    assert bench.transfer(0x36, b"\x0c", 2) == b"\x0a\xbc"


def test_the_clock_is_read_set_and_told_that_it_stopped(bench):
    assert decode(bench.transfer(0x68, b"\x00", 7)) == bench.wall.s
    bench.transfer(0x68, b"\x00" + encode(1_800_000_000))
    assert bench.wall.set_to == 1_800_000_000
    bench.wall.wall_lost = True
    assert bench.transfer(0x68, b"\x0f", 1) == b"\x80"
    bench.transfer(0x68, b"\x0f\x00")
    assert not bench.wall.wall_lost
    bench.transfer(0x68, b"\x0f\x80")
    assert not bench.wall.wall_lost


def test_nobody_at_an_address_is_a_nack(bench):
    assert bench.transfer(0x40, b"\x00") is None


@pytest.mark.parametrize("unix_s", [946_684_800, 1_709_164_800, 1_767_589_200, 4_102_444_799])
def test_bcd_goes_there_and_back(unix_s):
    assert decode(encode(unix_s)) == unix_s


def test_nonsense_in_the_clock_is_the_year_2000():
    assert decode(bytes((0, 0, 0, 1, 0x31, 0x02, 0x25))) == 946_684_800
