"""A processor that hangs at the worst instants: one stroke more at most, motor off, a safe start.

Judged on the pins and by the rotor. Hung means that no instruction runs any more, as in
an endless loop with interrupts off; the PIO and the watchdog go on.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hil.plant import PlantSettings
from hil.prove.faults import case
from hil.rigs.emulated_rig import EmulatedRig
from tests.rig.pumps import log
from thecal.device.client import PumpClient
from thecal.device.link import Link
from thecal_wire import codes

pytestmark = [pytest.mark.rig, pytest.mark.slow]

INTERVAL_S = 15.4
GATE_MS = {"basal": 12_200, "bolus": 1_150}  # four fifths of the interval, a little less
WATCHDOG_MS = 8_300
LONGEST_ON_MS = 259
WORD = 99  # what the firmware queues for one stroke
LOCKOUT_S = 60
FIRST_FIFO = 0x10
IN_STROKE_NS = 100e6


@pytest.fixture(scope="session")
def running(image: Path) -> bytes:
    """Flash of a pump that runs 60 uL/h, boluses of 10 uL in a minute, lockout 60 s."""
    return case.running_image(case.FAST, image)


@pytest.fixture
def rig(image: Path, running: bytes) -> Iterator[EmulatedRig]:
    with EmulatedRig(PlantSettings(seed=1), flash_image=running, image=image) as made:
        made.power_on()
        yield made


def at_next_word(rig: EmulatedRig, action: Callable[[], None]) -> None:
    """Do something as soon as a stroke's word is in the PIO's queue."""
    assert rig.engine.board is not None
    pio = rig.engine.board.processor.pio[0]
    stock: Callable[[int, int, int], None] = pio.write_uint32_atomic

    def write(offset: int, value: int, kind: int) -> None:
        stock(offset, value, kind)
        if offset == FIRST_FIFO and value == WORD:
            del pio.__dict__["write_uint32_atomic"]
            action()

    pio.__dict__["write_uint32_atomic"] = write


def status(rig: EmulatedRig) -> Any:
    with Link(rig.port) as link:
        return PumpClient(link, timeout_s=60).status()


class Hang:
    """Hangs the processor as `place` says; `at_ms` is when."""

    def __init__(self, rig: EmulatedRig, place: str) -> None:
        self.rig, self.at_ms = rig, 0
        if place == "between strokes":
            rig.advance(INTERVAL_S + 3)
            rig.do(self._now)
        else:
            rig.do(lambda: at_next_word(rig, self._soon if place == "in a stroke" else self._now))
            rig.advance(INTERVAL_S + 1)
        assert self.at_ms

    def _soon(self) -> None:
        assert self.rig.engine.board is not None
        clock = self.rig.engine.board.processor.clock
        clock.create_alarm(self._now).schedule(IN_STROKE_NS)

    def _now(self) -> None:
        self.at_ms = self.rig.engine.now_ms
        self.rig.hang()


def judge_pins(rig: EmulatedRig, at_ms: int, gate: str) -> str:
    """What the pins showed from the hang on; returns it for people."""
    hardware = rig.hardware
    reset_ms = rig.do(lambda: rig.meter().reset_ns) / 1e6
    assert 0 < reset_ms - at_ms <= WATCHDOG_MS + 100
    more = [ms for ms in hardware.stroke_times_ms if at_ms <= ms < reset_ms]
    assert len(more) <= 1
    edges = hardware.enable_edges
    spans = list(zip(edges[::2], edges[1::2], strict=False))
    assert all(off - on <= LONGEST_ON_MS for (on, _), (off, _) in spans)
    off_ms = max((off for (on, _), (off, _) in spans if off >= at_ms and on < reset_ms), default=0)
    assert off_ms <= at_ms + LONGEST_ON_MS + 1
    assert not hardware.enabled
    assert hardware.refused_pulses == 0
    times = hardware.stroke_times_ms
    gaps = [b - a for a, b in zip(times, times[1:], strict=False) if b >= at_ms]
    assert all(gap >= GATE_MS[gate] for gap in gaps)
    on_after = f"motor off {off_ms - at_ms} ms after it" if off_ms else "motor was off"
    return f"{len(more)} stroke begun after it, {on_after}, reset after {reset_ms - at_ms:.0f} ms"


@pytest.mark.parametrize("place", ["between strokes", "right after a word", "in a stroke"])
def test_in_therapy_one_stroke_more_at_most_and_lockout_goes_on(rig, record_property, place):
    before, before_s = status(rig), rig.now_s
    assert before.lockout_left_s > 50
    hang = Hang(rig, place)
    rig.advance(hang.at_ms / 1000 + 10 - rig.now_s)
    told = judge_pins(rig, hang.at_ms, "basal")
    after = status(rig)
    assert after.reset_cause == codes.RESET_WATCHDOG
    assert after.lockout_left_s >= before.lockout_left_s - (rig.now_s - before_s) - 1
    assert after.lockout_left_s < LOCKOUT_S  # nor does it start again
    assert 0 <= after.tally_strokes - rig.plant.strokes <= 1
    record_property("figure", f"hung {place}: {told}")
    rig.advance(2 * INTERVAL_S)
    judge_pins(rig, hang.at_ms, "basal")
    assert rig.plant.strokes > after.tally_strokes - 1
    assert status(rig).mode == codes.RUNNING


@pytest.mark.parametrize("place", ["right after a word", "in a stroke"])
def test_in_a_bolus_it_ends_once_and_lockout_starts(rig, record_property, place):
    rig.advance(LOCKOUT_S + 5)
    rig.press()
    rig.advance(10)
    assert status(rig).mode == codes.BOLUS
    hang = Hang(rig, place)
    rig.advance(max(0.0, hang.at_ms / 1000 + 10 - rig.now_s))
    told = judge_pins(rig, hang.at_ms, "bolus")
    with Link(rig.port) as link:
        client = PumpClient(link, timeout_s=60)
        after = client.status()
        ends = log(client, "bolus_end")
    assert (after.reset_cause, after.mode) == (codes.RESET_WATCHDOG, codes.RUNNING)
    assert [end["reason"] for end in ends] == ["power_lost"]
    assert after.lockout_left_s > LOCKOUT_S - 12
    assert 0 <= after.tally_strokes - rig.plant.strokes <= 1
    record_property("figure", f"hung in a bolus, {place}: {told}")
    rig.press()
    rig.advance(2)
    assert not status(rig).bolus_left_s
