"""A cable with a mind of its own between a host and a pump: it loses, doubles, and resets."""

import os
import select
import threading
import tty
from collections.abc import Callable

import serial

from thecal import wire
from thecal_wire import messages

DOSES = (messages.BOLUS, messages.PRIME)


class TamperingWire:
    """A pty (`path`) that hands frames on to the pump's port, but for those it tampers with.

    `command` sees each dose command on its way to the pump and returns the frames
    that go on; `reply` each answer to one, likewise. `cut` loses everything that
    comes back, for ever.
    """

    def __init__(self, port: str) -> None:
        self._host, slave = os.openpty()
        tty.setraw(self._host)
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        self._slave = slave  # held open, or the absence of a host would end the thread
        self._pump = serial.Serial(port, timeout=0)
        self.command: Callable[[bytes], list[bytes]] = lambda frame: [frame]
        self.reply: Callable[[bytes], list[bytes]] = lambda frame: [frame]
        self.cut = False
        self.commands = 0
        self._closing = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing = True
        self._thread.join()
        self._pump.close()
        os.close(self._host)
        os.close(self._slave)

    def _serve(self) -> None:
        from_host, from_pump = bytearray(), bytearray()
        while not self._closing:
            ready, _, _ = select.select([self._host, self._pump.fileno()], [], [], 0.05)
            if self._host in ready:
                from_host += os.read(self._host, 4096)
                self._forward(from_host, self._to_pump)
            if self._pump.fileno() in ready:
                from_pump += self._pump.read(4096)
                self._forward(from_pump, self._to_host)

    def _forward(self, pending: bytearray, hand_on: Callable[[bytes], None]) -> None:
        while (end := pending.find(0)) >= 0:
            frame = bytes(pending[: end + 1])
            del pending[: end + 1]
            hand_on(frame)

    def _to_pump(self, frame: bytes) -> None:
        frames = [frame]
        found = wire.decode_frame(frame[:-1])
        if found is not None and found.kind in DOSES:
            self.commands += 1
            frames = self.command(frame)
        for each in frames:
            self._pump.write(each)

    def _to_host(self, frame: bytes) -> None:
        if self.cut:
            return
        frames = [frame]
        found = wire.decode_frame(frame[:-1])
        if found is not None and found.kind & 0x7F in DOSES:
            frames = self.reply(frame)
        for each in frames:
            os.write(self._host, each)
