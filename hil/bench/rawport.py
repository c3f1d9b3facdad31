"""How fast a plain loop writes bytes to the Pico's USB port: the read-out is measured by it.

The loop runs under the prompt of the development image, on the same emulated Pico: the
same MicroPython and the same USB stack, and nothing of the pump. What counts is the time
between the first and the last whole packet on the wire, all of it simulated.
"""

from pathlib import Path

import serial

from hil.emulated.usb import PACKET_BYTES
from hil.plant import PlantSettings
from hil.rigs.emulated_rig import EmulatedRig

TOTAL_BYTES = 512 * 1024
WRITE_BYTES = (512, 1024, 2048, 4096)  # how much at a time decides: the fastest counts
LOOP = """import sys
write = sys.stdout.buffer.write
data = bytes({size})
for _ in range({times}): write(data)
"""
_TO_RAW_PROMPT, _RUN = b"\r\x03\x03\x01", b"\x04"
_DONE = b"\x04\x04>"
_RAW_PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
_PATIENCE_S = 60


class NoPrompt(Exception):
    """The development image did not answer as MicroPython's prompt does."""


class Packets:
    """When whole packets left the pump."""

    def __init__(self, rig: EmulatedRig) -> None:
        self._rig = rig
        self.count = 0
        self.first_ns = self.last_ns = 0.0
        rig.do(self._listen)

    def begin(self) -> None:
        """Count from the next packet on."""
        self.count = 0

    @property
    def kb_per_s(self) -> float:
        """Bytes after the first packet by the time that they took."""
        span_ms = (self.last_ns - self.first_ns) / 1e6
        return (self.count - 1) * PACKET_BYTES / span_ms if span_ms else 0.0

    def _listen(self) -> None:
        board = self._rig.engine.board
        assert board is not None
        stock, processor = board.usb.on_data, board.processor

        def on_data(data: bytes) -> None:
            if len(data) == PACKET_BYTES:
                if not self.count:
                    self.first_ns = processor.now_ns
                self.last_ns = processor.now_ns
                self.count += 1
            stock(data)

        board.usb.on_data = on_data


def kb_per_s(image: Path) -> float:
    """The fastest loop's bytes per ms of simulated time."""
    with EmulatedRig(PlantSettings(seed=7), image=image) as rig:
        rig.power_on()
        packets = Packets(rig)
        with serial.Serial(rig.port, timeout=_PATIENCE_S) as port:
            port.write(_TO_RAW_PROMPT)
            if not port.read_until(_RAW_PROMPT).endswith(_RAW_PROMPT):
                raise NoPrompt(f"no prompt from {image}")
            return max(_run(rig, port, packets, size) for size in WRITE_BYTES)


def _run(rig: EmulatedRig, port: serial.Serial, packets: Packets, size: int) -> float:
    rig.do(packets.begin)
    port.write(LOOP.format(size=size, times=TOTAL_BYTES // size).encode() + _RUN)
    expected = len(b"OK") + TOTAL_BYTES + len(_DONE)
    answer = port.read(expected)
    if len(answer) != expected or not answer.endswith(_DONE):
        raise NoPrompt(f"the loop sent {len(answer)} bytes")
    return rig.do(lambda: packets.kb_per_s)
