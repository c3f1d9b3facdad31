"""Binary bytes on the USB port: no Ctrl-C, no newline games, never a long wait.

MicroPython's own write blocks while the host does not drain; `usbsend.send`, a
few lines of C in the image, gives up after a frame of USB in which nothing went.
"""

import select
import sys

import micropython
import usbsend


class Usb:
    """The CDC port; `object` is what to poll for input."""

    def __init__(self):
        micropython.kbd_intr(-1)  # 0x03 is data
        self.object = sys.stdin
        self._in = sys.stdin.buffer
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        self._one = bytearray(1)

    def waiting(self):
        """True if a byte can be read."""
        for _ in self._poll.ipoll(0):
            return True
        return False

    def read(self, most):
        """At most `most` bytes, one by one: reading several waits for all of them."""
        data = bytearray()
        while len(data) < most and self.waiting():
            self._in.readinto(self._one)
            data += self._one
        return bytes(data)

    def write(self, data, start):
        """Hand over data[start:] as far as the host drains; returns how many bytes that was."""
        return usbsend.send(data, start)
