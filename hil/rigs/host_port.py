"""The pty that stands for the pump's USB port.

With no program on the far end the port behaves as USB without a host: what the
pump writes is lost. What a host writes waits until the firmware reads it.
"""

import os
import select
import termios
import tty
from collections.abc import Callable

KEEP_BYTES = 1 << 20  # output kept for a host that reads slowly


class HostPort:
    """One pty; `path` is what a host opens."""

    def __init__(self) -> None:
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.path = os.ttyname(slave)
        os.close(slave)  # so that the absence of a host shows as a hang-up
        os.set_blocking(self._master, False)
        self._poll = select.poll()
        self._poll.register(self._master, select.POLLIN)
        self._input = bytearray()
        self._output = bytearray()
        self.connected = False
        self.stalled = False  # fault: the host has the port open and does not drain it
        self.on_connect: Callable[[bool], None] = lambda connected: None

    def fileno(self) -> int:
        """The descriptor to wait on."""
        return self._master

    def service(self) -> None:
        """Move bytes both ways, as far as they go without waiting."""
        events = self._poll.poll(0)
        flags = events[0][1] if events else 0
        self._note(not flags & select.POLLHUP)
        if flags & select.POLLIN:
            self._receive()
        if self._output and self.connected and not self.stalled:
            self._send()

    def pending(self) -> bool:
        """True if bytes for the firmware wait."""
        return bool(self._input)

    def drained(self) -> bool:
        """True if all output has gone to the host."""
        return not self._output

    def wanted(self) -> int:
        """The poll events after which `service` has something to do."""
        sends = self._output and not self.stalled
        return select.POLLIN | (select.POLLOUT if sends else 0)

    def read(self, most: int) -> bytes:
        """The firmware takes input."""
        data = bytes(self._input[:most])
        del self._input[:most]
        return data

    def write(self, data: bytes) -> int:
        """The firmware offers output; returns how much was taken."""
        self.service()
        if not self.connected:
            return len(data)
        if self.stalled or len(self._output) > KEEP_BYTES:
            return 0
        self._output += data
        self._send()
        return len(data)

    def close(self) -> None:
        """Unplug."""
        os.close(self._master)

    def _receive(self) -> None:
        try:
            self._input += os.read(self._master, 4096)
        except (BlockingIOError, OSError):
            return  # EIO: the host closed the port between poll and read

    def _send(self) -> None:
        try:
            sent = os.write(self._master, self._output[:4096])
        except BlockingIOError:
            return
        del self._output[:sent]

    def _note(self, connected: bool) -> None:
        if connected == self.connected:
            return
        self.connected = connected
        if not connected:
            self._input.clear()
            self._output.clear()
            try:
                termios.tcflush(self._master, termios.TCIOFLUSH)
            except termios.error:
                return  # some systems refuse to flush a pty without its far end
        self.on_connect(connected)
