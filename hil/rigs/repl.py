"""The raw REPL of a development image, over the pty of an emulated Pico."""

import time
from types import TracebackType

import serial

from hil.rigs.emulated_rig import EmulatedRig

_OK, _END = b"OK", b"\x04"
_PATIENCE_S = 600  # a busy machine may emulate a hundred times slower than a free one


class Failed(Exception):
    """The prompt did not answer, or the code raised; the message has what the device printed."""


class Repl:
    """Runs code on the device; use it as a context manager."""

    def __init__(self, rig: EmulatedRig) -> None:
        self._port = serial.Serial(rig.port, timeout=0.05)
        self._got = bytearray()
        self._send(b"\x03\x03\x01")
        self._until(b"raw REPL; CTRL-B to exit\r\n>", _PATIENCE_S)

    def __enter__(self) -> "Repl":
        return self

    def __exit__(self, *_exc: type[BaseException] | TracebackType | BaseException | None) -> None:
        self._port.close()

    def begin(self, code: str) -> None:
        """Start code that goes on running."""
        self._send(code.encode() + _END)
        self._until(_OK, _PATIENCE_S)

    def run(self, code: str, timeout_s: float = _PATIENCE_S) -> str:
        """Run code to its end and return what it printed.

        It must end within the 20 s of simulated time that a rig waits for an answer.
        """
        self.begin(code)
        return self.result(timeout_s)

    def ended(self) -> bool:
        """True once code that was begun has run to its end."""
        self._got += self._port.read(self._port.in_waiting)
        return self._got.endswith(_END + b">")

    def result(self, timeout_s: float = _PATIENCE_S) -> str:
        """What the code that was begun printed; its error is raised."""
        out = self._until(_END, timeout_s)
        error = self._until(_END, timeout_s)
        if error:
            raise Failed((out + error).decode(errors="replace"))
        self._until(b">", timeout_s)
        return out.decode().replace("\r\n", "\n")

    def _send(self, data: bytes) -> None:
        for at in range(0, len(data), 64):
            self._port.write(data[at : at + 64])

    def _until(self, mark: bytes, timeout_s: float) -> bytes:
        """What comes before the mark; what comes after it waits."""
        end, searched = time.monotonic() + timeout_s, 0
        while (at := self._got.find(mark, searched)) < 0:
            if time.monotonic() > end:
                raise Failed(f"no {mark!r} within {timeout_s} s, but {bytes(self._got[-200:])!r}")
            searched = max(0, len(self._got) - len(mark))
            self._got += self._port.read(max(1, self._port.in_waiting))
        before = bytes(self._got[:at])
        del self._got[: at + len(mark)]
        return before
