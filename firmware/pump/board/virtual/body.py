"""The board of the virtual pump: a pipe to the rig on standard input and output."""

import struct
import sys

from pump.board import hal
from thecal_wire import halpipe

_WRITE_BYTES = 16_384  # in one message


class VirtualBoard(hal.Board):
    """Sends each call to the rig and waits for its reply; time is what the rig says."""

    def __init__(self):
        hal.Board.__init__(self)
        self._in = sys.stdin.buffer
        self._out = sys.stdout.buffer
        self._head = bytearray(struct.calcsize(halpipe.REPLY_HEAD))
        self._tick = 0
        self._look = hal.Look()
        self._burst = hal.Burst()

    def _call(self, op, payload=b""):
        self._out.write(halpipe.request(op, payload))
        if self._in.readinto(self._head) != len(self._head):
            raise SystemExit  # the rig is gone: power is off
        length, self._tick = struct.unpack(halpipe.REPLY_HEAD, self._head)
        return self._in.read(length) if length else b""

    def now(self):
        return self._tick

    def sleep(self, duration_ms, watch_raw):
        watch = halpipe.NO_WATCH if watch_raw is None else watch_raw
        return self._call(halpipe.SLEEP, struct.pack(halpipe.SLEEP_REQUEST, duration_ms, watch))[0]

    def look(self):
        flow, pressure, encoder, temperature, battery = struct.unpack(
            halpipe.LOOK_REPLY, self._call(halpipe.LOOK))
        look = self._look
        look.flow_raw = None if flow == halpipe.NO_FLOW else flow
        look.pressure_pa = None if pressure == halpipe.NO_PRESSURE else pressure
        look.encoder = None if encoder == halpipe.NO_ENCODER else encoder
        look.temperature_cdegc = None if temperature == halpipe.NO_TEMPERATURE else temperature
        look.battery_mv = None if battery == halpipe.NO_BATTERY else battery
        return look

    def stroke(self, permit):
        self.admit(permit)
        data = self._call(halpipe.STROKE, struct.pack("<II", permit.serial, permit.mark))
        before, after, zero, pressure, count = struct.unpack_from(halpipe.STROKE_REPLY, data, 0)
        burst = self._burst
        burst.encoder_before = None if before == halpipe.NO_ENCODER else before
        burst.encoder_after = None if after == halpipe.NO_ENCODER else after
        burst.zero_raw = None if zero == halpipe.NO_FLOW else zero
        burst.pressure_pa = None if pressure == halpipe.NO_PRESSURE else pressure
        at = struct.calcsize(halpipe.STROKE_REPLY)
        burst.samples = struct.unpack_from("<%dh" % count, data, at) if count else None
        return burst

    def gate(self, least_ms):
        self._call(halpipe.GATE, struct.pack("<I", least_ms))

    def enable(self, on):
        self._call(halpipe.ENABLE, bytes((1 if on else 0,)))

    def flash_read(self, address, count):
        return self._call(halpipe.FLASH_READ, struct.pack("<IH", address, count))

    def flash_read_into(self, address, buffer):
        buffer[:] = self.flash_read(address, len(buffer))

    def flash_view(self, address, count):
        return self.flash_read(address, count)

    def flash_blank(self, address, count):
        return self._call(halpipe.FLASH_BLANK, struct.pack("<IH", address, count))[0] == 1

    def flash_program(self, address, data):
        self._call(halpipe.FLASH_PROGRAM, struct.pack("<I", address) + bytes(data))

    def flash_erase(self, block):
        self._call(halpipe.FLASH_ERASE, struct.pack("<H", block))

    def usb_read(self, most):
        return self._call(halpipe.USB_READ, struct.pack("<H", most))

    def usb_write(self, data, start):
        data = bytes(memoryview(data)[start:start + _WRITE_BYTES])
        return struct.unpack("<H", self._call(halpipe.USB_WRITE, data))[0]

    def buttons(self):
        data = self._call(halpipe.BUTTONS)
        edges = []
        for at in range(1, len(data), 5):
            edges.append(struct.unpack_from("<IB", data, at))
        return data[0], edges

    def sound(self, pattern):
        self._call(halpipe.SOUND, bytes((pattern,)))

    def light(self, pattern):
        self._call(halpipe.LIGHT, bytes((pattern,)))

    def wall_get(self):
        return struct.unpack("<I", self._call(halpipe.WALL_GET))[0]

    def wall_set(self, seconds):
        self._call(halpipe.WALL_SET, struct.pack("<I", seconds))

    def feed(self):
        self._call(halpipe.FEED)

    def scratch_get(self):
        return struct.unpack("<BIII", self._call(halpipe.SCRATCH_GET))

    def scratch_set(self, a, b, c):
        self._call(halpipe.SCRATCH_SET, struct.pack("<III", a, b, c))

    def random(self, count):
        return self._call(halpipe.RANDOM, struct.pack("<H", count))

    def trace(self, text):
        self._call(halpipe.TRACE, text.encode())
