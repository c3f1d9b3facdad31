"""The raw REPL of a development image, over the pty of an emulated Pico."""

import time
from types import TracebackType

import serial

from hil.rigs.emulated_rig import EmulatedRig

_OK, _END = b"OK", b"\x04"


class Repl:
    """Runs code on the device; use it as a context manager."""

    def __init__(self, rig: EmulatedRig) -> None:
        self._port = serial.Serial(rig.port, timeout=0.05)
        self._send(b"\x03\x03\x01")
        self._until(b"raw REPL; CTRL-B to exit\r\n>", 60)

    def __enter__(self) -> "Repl":
        return self

    def __exit__(self, *_exc: type[BaseException] | TracebackType | BaseException | None) -> None:
        self._port.close()

    def begin(self, code: str) -> None:
        """Start code that goes on running."""
        self._send(code.encode() + _END)
        self._until(_OK, 60)

    def run(self, code: str, timeout_s: float = 120) -> str:
        """Run code to its end and return what it printed."""
        self.begin(code)
        out = self._until(_END, timeout_s)[:-1]
        error = self._until(_END, timeout_s)[:-1]
        assert not error, error.decode()
        self._until(b">", timeout_s)
        return out.decode().replace("\r\n", "\n")

    def _send(self, data: bytes) -> None:
        for at in range(0, len(data), 64):
            self._port.write(data[at : at + 64])

    def _until(self, mark: bytes, timeout_s: float) -> bytes:
        got, end = b"", time.monotonic() + timeout_s
        while not got.endswith(mark):
            assert time.monotonic() < end, f"no {mark!r} in {got!r}"
            got += self._port.read(1)
        return got
