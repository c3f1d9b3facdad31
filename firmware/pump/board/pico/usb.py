"""Binary bytes on the USB port: no Ctrl-C, no newline games, never a wait.

A write blocks while the host does not drain, so only as much is offered as
fits at once (`usbroom.room()`, a few lines of C in the image).
"""

import select
import sys

import micropython
import usbroom


class Usb:
    """The CDC port; `object` is what to poll for input."""

    def __init__(self):
        micropython.kbd_intr(-1)  # 0x03 is data
        self.object = sys.stdin
        self._in = sys.stdin.buffer
        self._out = sys.stdout.buffer
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

    def write(self, data):
        """Hand over what fits now; returns how many bytes that was."""
        room = usbroom.room()
        if room <= 0:
            return 0
        count = min(room, len(data))
        self._out.write(memoryview(data)[:count])
        return count
