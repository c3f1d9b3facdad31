"""The real image on the emulated Pico, flash times included; simulated time, so stable.

A *turn* is what runs without a sleep; a *step* is a turn of the firmware's loop, from one
feed of the watchdog to the next, sleeps included. rp2040py knows no waits for an empty
flash cache: silicon is somewhat slower.
"""

from collections.abc import Iterator
from pathlib import Path

from hil.bench import rawport
from hil.bench.figures import Figure
from hil.emulated import symbols
from hil.emulated.flash import SLOWEST, TYPICAL
from hil.emulated.heap import HeapWatch
from hil.emulated.meter import ERASE, PLAIN, PROGRAM, worst
from hil.plant import PlantSettings
from hil.rigs import factory, prescribed
from hil.rigs.emulated_rig import EmulatedRig
from thecal.archive.reader import read_ring
from thecal.device.client import PumpClient
from thecal.device.link import Link
from thecal_wire import events

EVENT_BLOCKS = range(88, 368)  # docs/log-format.md
RECORDS_PER_BLOCK = 128
MEASURED_S = 300


def figures(release: Path, prompt: Path) -> Iterator[Figure]:
    """Boot with a full log, five minutes of therapy at 0.5 mL/day, the log read out.

    `prompt`: a development image, for the loop that the read-out is measured by.
    """
    names = symbols.read(release)
    image = _running_image()
    with EmulatedRig(PlantSettings(seed=7), image, release, TYPICAL) as rig:
        rig.power_on()
        meter = rig.meter()
        heap = rig.do(lambda: _watch(rig, names))
        first = rig.do(lambda: dict(meter.first_ms))
        yield Figure("pico.boot_to_safe_ms", "reset to driver held off", first["safe"], "ms", 50)
        yield Figure("pico.boot_to_therapy_ms", "reset to the end of the first turn, full log",
                     first["fed"], "ms", 2_000)
        rig.advance(30)
        rig.do(meter.begin)
        rig.do(heap.begin)
        rig.advance(MEASURED_S)
        turns = rig.do(lambda: meter.turns)
        yield Figure("pico.step_worst_ms", "longest turn that looks or strokes, typical flash",
                     worst(turns, PLAIN, PROGRAM).busy_ms, "ms", 20)
        yield Figure("pico.erase_turn_ms", "longest turn with a block erase",
                     worst(turns, ERASE).busy_ms, "ms")
        yield Figure("pico.duty_percent", "processor awake at 0.5 mL/day",
                     rig.do(lambda: meter.busy_percent), "%", 0.5)
        yield _allocated(heap)
        yield from _read_out(rig, prompt)
        yield Figure("pico.heap_free_bytes", "least of the heap that was free, garbage counted "
                     "as used, in therapy and read-out", heap.lowest_free_bytes or 0, "bytes",
                     120_000, False)
        yield Figure("pico.gc_in_step", "collections that did not wait for idle time, in therapy "
                     "and read-out", heap.hasty_collections, "collections", 0)
    with EmulatedRig(PlantSettings(seed=7), image, release, SLOWEST) as rig:
        rig.power_on()
        meter = rig.meter()
        rig.advance(30)
        rig.do(meter.begin)
        rig.advance(MEASURED_S / 3)
        turns = rig.do(lambda: meter.turns)
        yield Figure("pico.step_worst_slow_flash_ms", "the same, slowest flash times",
                     worst(turns, PLAIN, PROGRAM).busy_ms, "ms")


def _allocated(heap: HeapWatch) -> Figure:
    """What control steps took; who asked most is named, upkeep's askers among them."""
    what = f"taken from the heap in {heap.control_steps} looks and strokes"
    if heap.control_bytes:
        what += "; look at " + ", ".join(
            f"{name} ({count} bytes)" for name, count in heap.callers.most_common(3))
    return Figure("pico.step_alloc_bytes", what, heap.control_bytes, "bytes", 0)


def _watch(rig: EmulatedRig, names: symbols.Symbols) -> HeapWatch:
    assert rig.engine.board is not None
    return HeapWatch(rig.engine.board.processor, names, lambda: len(rig.hardware.stroke_times_ms))


def _read_out(rig: EmulatedRig, prompt: Path) -> Iterator[Figure]:
    """Time stands while the host thinks; it passes for all that the pump does, looks included."""
    began_s = rig.now_s
    with Link(rig.port) as link:
        image = read_ring(PumpClient(link, timeout_s=120))
    took_s = rig.now_s - began_s
    yield Figure("pico.readout_full_log_s", "the whole event ring over USB, simulated time",
                 took_s, "s", 10)
    yield Figure("pico.readout_records", "records in it", len(image.slots), "records")
    log_kb_per_s = len(image.raw) / took_s / 1000
    yield Figure("pico.readout_kb_per_s", "the log, from the first request to the last byte, "
                 "1000 bytes a second", log_kb_per_s, "kB/s")
    if prompt.exists():
        raw_kb_per_s = rawport.kb_per_s(prompt)
        yield Figure("pico.raw_port_kb_per_s", "the fastest plain loop that writes bytes to the "
                     "same port", raw_kb_per_s, "kB/s")
        yield Figure("pico.readout_vs_raw", f"the log against the loop: {log_kb_per_s:.0f} of "
                     f"{raw_kb_per_s:.0f} kB/s", log_kb_per_s / raw_kb_per_s, "", 0.5, False)


def _running_image() -> bytes:
    """Flash of a pump that runs at 0.5 mL/day, its event ring full."""
    with EmulatedRig(PlantSettings(seed=7), times=TYPICAL) as rig:
        rig.power_on()
        factory.prepare(rig)
        with Link(rig.port) as link:
            client = PumpClient(link)
            client.prescribe(prescribed.steady(20_833, [(0, 10_000, 300, 14_400, 4)],
                                               limit_24h_ng=600_000))
            client.start()
        rig.power_off()
        image = bytearray(rig.hardware.flash.image)
    _fill_ring(image)
    return bytes(image)


def _fill_ring(image: bytearray) -> None:
    """Write a record into every slot but those of the last half block."""
    record = bytearray(events.RECORD_BYTES)
    at = EVENT_BLOCKS.start * 4096
    for seq in range(1, len(EVENT_BLOCKS) * RECORDS_PER_BLOCK - RECORDS_PER_BLOCK // 2):
        events.pack(record, seq, 1, events.CALIBRATED, seq // 10, 0, 0, (seq,))
        image[at:at + events.RECORD_BYTES] = record
        at += events.RECORD_BYTES
    image[at:EVENT_BLOCKS.stop * 4096] = b"\xff" * (EVENT_BLOCKS.stop * 4096 - at)
