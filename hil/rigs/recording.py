"""The flight recording: every message between firmware and rig, and its replay.

File: records of ``kind u8, length u32, data``. Kinds: P power-on (reset cause),
R request and A answer as on the pipe, X power gone. Since everything that the
firmware learns comes by these messages, replaying the answers must bring
byte-equal requests.
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from hil.rigs.firmware_process import FirmwareProcess
from thecal_wire import halpipe

POWER, REQUEST, ANSWER, CUT = b"P", b"R", b"A", b"X"
_HEAD = "<cI"


class Recorder:
    """Writes a recording; without a file it only counts."""

    def __init__(self, path: Path | None) -> None:
        self._file: BinaryIO | None = path.open("wb") if path is not None else None

    def write(self, kind: bytes, data: bytes) -> None:
        """Append one record."""
        if self._file is not None:
            self._file.write(struct.pack(_HEAD, kind, len(data)) + data)

    def close(self) -> None:
        """Finish the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def records(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """All (kind, data) of a recording."""
    head_bytes = struct.calcsize(_HEAD)
    with path.open("rb") as file:
        while head := file.read(head_bytes):
            kind, length = struct.unpack(_HEAD, head)
            yield kind, file.read(length)


class Difference(Exception):
    """The replayed firmware sent another request than the recorded one."""


def replay(path: Path) -> int:
    """Run the firmware against a recording; returns the number of equal requests."""
    process: FirmwareProcess | None = None
    equal = 0
    try:
        for kind, data in records(path):
            if kind in (POWER, CUT):
                if process is not None:
                    process.kill()
                process = FirmwareProcess() if kind == POWER else None
            elif process is None:
                raise Difference(f"message {equal}: recorded without power")
            elif kind == REQUEST:
                _compare(process, data, equal)
                equal += 1
            else:
                process.reply(data)
    finally:
        if process is not None:
            process.kill()
    return equal


def _compare(process: FirmwareProcess, recorded: bytes, index: int) -> None:
    request = process.request()
    sent = b"" if request is None else halpipe.request(*request)
    if sent != recorded:
        raise Difference(
            f"message {index}: recorded {describe(recorded)}, replayed {describe(sent)}"
        )


def describe(request: bytes) -> str:
    """One request for people."""
    if not request:
        return "nothing (the firmware ended)"
    return f"{halpipe.NAMES[request[0]]} {request[3:].hex()}"


def count_requests(path: Path) -> dict[str, int]:
    """How often each hal call occurs in a recording."""
    counts: dict[str, int] = {}
    for kind, data in records(path):
        if kind == REQUEST:
            name = halpipe.NAMES[data[0]]
            counts[name] = counts.get(name, 0) + 1
    return counts
