"""The firmware as a process: MicroPython's unix port behind a pipe."""

import os
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from hil.rigs.find_micropython import HOW_TO_INSTALL, micropython_command
from thecal_wire import halpipe

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware" / "virtual_main.py"
# 190 kB hold the compiled source here (in flash on the Pico). The compiler's garbage leaves the
# holes between it small, so what the firmware runs in needs room above all that.
HEAP = "448k"
_HEAD_BYTES = struct.calcsize(halpipe.REQUEST_HEAD)


class NoMicroPython(Exception):
    """No MicroPython on this machine; the message says how to get one."""


class FirmwareProcess:
    """One life of the firmware, from power-on to power-off."""

    def __init__(self, main: Path = FIRMWARE, heap: str = HEAP) -> None:
        command = micropython_command()
        if command is None:
            raise NoMicroPython(HOW_TO_INSTALL)
        argv: Sequence[str] = [*command, "-X", f"heapsize={heap}", str(main)]
        self._process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sys.stderr, bufsize=0
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._to = self._process.stdin.fileno()
        self._from = self._process.stdout.fileno()
        self._buffer = b""

    def request(self) -> tuple[int, bytes] | None:
        """The next hal call (op, payload); None when the firmware has ended."""
        while True:
            if len(self._buffer) >= _HEAD_BYTES:
                op, length = struct.unpack_from(halpipe.REQUEST_HEAD, self._buffer)
                end = _HEAD_BYTES + length
                if len(self._buffer) >= end:
                    payload = self._buffer[_HEAD_BYTES:end]
                    self._buffer = self._buffer[end:]
                    return op, payload
            data = os.read(self._from, 65536)
            if not data:
                return None
            self._buffer += data

    def reply(self, data: bytes) -> None:
        """Answer it; a firmware that has just ended does not mind."""
        try:
            os.write(self._to, data)
        except BrokenPipeError:
            self._buffer = b""

    def kill(self) -> None:
        """Power off, at once."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
