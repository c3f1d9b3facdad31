"""What each hal call does to the plant, the flash, the port and the clocks.

This is the hardware around the processor. It outlives power cycles but for
what power keeps: the enable line, the gate, the edges not yet read.
"""

import random
import struct
from collections.abc import Callable
from typing import NamedTuple

from hil.plant import Plant
from hil.rigs.flash import Flash
from hil.rigs.host_port import HostPort
from thecal_wire import halpipe

TICK_MASK = (1 << 29) - 1
WALL_START_S = 1_767_589_200  # 2026-01-05 05:00 UTC: when a rig's time begins


class Edge(NamedTuple):
    """The button line changes level (1 = down) at a time."""

    at_ms: int
    level: int


class Hardware:
    """The body of the virtual pump, one method for each hal call but sleep."""

    def __init__(self, plant: Plant, flash: Flash, port: HostPort, seed: int) -> None:
        self.plant = plant
        self.flash = flash
        self.port = port
        self._random = random.Random(seed)
        self.enabled = False
        self.gate_ms = 0
        self._last_stroke_ms: int | None = None
        self.refused_strokes = 0  # asked for with the driver disabled
        self.gated_strokes = 0  # came sooner than the gate lets pass
        self.stroke_times_ms: list[int] = []
        self.coming_edges: list[Edge] = []
        self._new_edges: list[Edge] = []
        self.level = 0
        self.scratch = (0, 0, 0)
        self.reset_cause = 0
        self.fed_ms = 0
        self.sounds: list[tuple[int, int]] = []
        self.lights: list[tuple[int, int]] = []
        self.wall_offset_s = WALL_START_S
        self.wall_lost = False
        self.traces: list[str] = []
        self.handlers: dict[int, Callable[[bytes], bytes]] = {
            halpipe.LOOK: self._look,
            halpipe.STROKE: self._stroke,
            halpipe.GATE: self._gate,
            halpipe.ENABLE: self._enable,
            halpipe.FLASH_READ: self._flash_read,
            halpipe.FLASH_PROGRAM: self._flash_program,
            halpipe.FLASH_BLANK: self._flash_blank,
            halpipe.FLASH_ERASE: self._flash_erase,
            halpipe.USB_READ: self._usb_read,
            halpipe.USB_WRITE: self._usb_write,
            halpipe.BUTTONS: self._buttons,
            halpipe.SOUND: lambda p: self._note(self.sounds, p),
            halpipe.LIGHT: lambda p: self._note(self.lights, p),
            halpipe.WALL_GET: lambda _: struct.pack("<I", self.wall_s()),
            halpipe.WALL_SET: self._wall_set,
            halpipe.FEED: self._feed,
            halpipe.SCRATCH_GET: lambda _: struct.pack("<BIII", self.reset_cause, *self.scratch),
            halpipe.SCRATCH_SET: self._scratch_set,
            halpipe.RANDOM: lambda p: self._random.randbytes(struct.unpack("<H", p)[0]),
            halpipe.TRACE: self._trace,
        }

    # --- power ----------------------------------------------------------------

    def reset(self, cause: int) -> None:
        """The processor starts: outputs are off, the watchdog starts anew."""
        self.reset_cause = cause
        self.enabled = False
        self.gate_ms = 0
        self.fed_ms = self.plant.now_ms
        self._new_edges.clear()

    def lose_power(self) -> None:
        """What power keeps is gone."""
        self.reset(0)
        self.scratch = (0, 0, 0)
        self.plant.forget_comparison()

    # --- the button -----------------------------------------------------------

    def next_edge_ms(self) -> int | None:
        """When the button line will change next."""
        return self.coming_edges[0].at_ms if self.coming_edges else None

    def take_edges(self) -> bool:
        """Move edges whose time has come to the firmware's queue; True if any wait there."""
        while self.coming_edges and self.coming_edges[0].at_ms <= self.plant.now_ms:
            edge = self.coming_edges.pop(0)
            self.level = edge.level
            self._new_edges.append(edge)
        return bool(self._new_edges)

    def _buttons(self, _payload: bytes) -> bytes:
        self.take_edges()
        edges = b"".join(struct.pack("<IB", e.at_ms & TICK_MASK, e.level) for e in self._new_edges)
        self._new_edges.clear()
        return bytes((self.level,)) + edges

    # --- pump and sensors -----------------------------------------------------

    def _look(self, _payload: bytes) -> bytes:
        look = self.plant.look()
        flow, temperature, battery = look.flow_raw, look.temperature_cdegc, look.battery_mv
        return struct.pack(
            halpipe.LOOK_REPLY, halpipe.NO_FLOW if flow is None else flow,
            look.pressure_pa, look.encoder_counts,
            halpipe.NO_TEMPERATURE if temperature is None else temperature,
            halpipe.NO_BATTERY if battery is None else battery)

    def _stroke(self, _payload: bytes) -> bytes:
        if not self.enabled:
            self.refused_strokes += 1
            still = self.plant.look()
            return struct.pack(halpipe.STROKE_REPLY, still.encoder_counts, still.encoder_counts,
                               0, still.pressure_pa, 0)
        if self._last_stroke_ms is not None:
            opens_ms = self._last_stroke_ms + self.gate_ms
            if opens_ms > self.plant.now_ms:
                self.gated_strokes += 1
                self.plant.advance(opens_ms)
        self._last_stroke_ms = self.plant.now_ms
        self.stroke_times_ms.append(self.plant.now_ms)
        burst = self.plant.stroke()
        zero = halpipe.NO_FLOW if burst.zero_raw is None else burst.zero_raw
        return struct.pack(
            f"{halpipe.STROKE_REPLY}{len(burst.samples)}h", burst.encoder_before,
            burst.encoder_after, zero, burst.pressure_pa, len(burst.samples), *burst.samples)

    def _gate(self, payload: bytes) -> bytes:
        (self.gate_ms,) = struct.unpack("<I", payload)
        return b""

    def _enable(self, payload: bytes) -> bytes:
        self.enabled = payload[0] == 1
        return b""

    # --- flash ----------------------------------------------------------------

    def _flash_read(self, payload: bytes) -> bytes:
        return self.flash.read(*struct.unpack("<IH", payload))

    def _flash_blank(self, payload: bytes) -> bytes:
        data = self.flash.read(*struct.unpack("<IH", payload))
        return bytes((data.count(0xFF) == len(data),))

    def _flash_program(self, payload: bytes) -> bytes:
        self.flash.program(struct.unpack_from("<I", payload)[0], payload[4:])
        return b""

    def _flash_erase(self, payload: bytes) -> bytes:
        self.flash.erase(struct.unpack("<H", payload)[0])
        return b""

    # --- USB, clocks, the rest ------------------------------------------------

    def _usb_read(self, payload: bytes) -> bytes:
        return self.port.read(struct.unpack("<H", payload)[0])

    def _usb_write(self, payload: bytes) -> bytes:
        return struct.pack("<H", self.port.write(payload))

    def wall_s(self) -> int:
        """The RTC: it runs on its own cell through power cuts."""
        return 0 if self.wall_lost else self.wall_offset_s + self.plant.now_ms // 1000

    def _wall_set(self, payload: bytes) -> bytes:
        self.wall_offset_s = struct.unpack("<I", payload)[0] - self.plant.now_ms // 1000
        self.wall_lost = False
        return b""

    def _feed(self, _payload: bytes) -> bytes:
        self.fed_ms = self.plant.now_ms
        return b""

    def _scratch_set(self, payload: bytes) -> bytes:
        self.scratch = struct.unpack("<III", payload)
        return b""

    def _note(self, into: list[tuple[int, int]], payload: bytes) -> bytes:
        into.append((self.plant.now_ms, payload[0]))
        return b""

    def _trace(self, payload: bytes) -> bytes:
        self.traces.append(payload.decode(errors="replace"))
        return b""
