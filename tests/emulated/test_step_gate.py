"""The step gate against hostile code, on the pins: no faster than the gate, whatever asks.

The development image runs no pump; over its REPL a loop takes the frozen gate and stuffs
its queue every 10 ms.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.plant import PlantSettings
from hil.rigs.emulated_rig import EmulatedRig
from hil.rigs.repl import Repl

pytestmark = [pytest.mark.rig, pytest.mark.slow]

STROKE_PL = 250_000
MOST_PULSES = 103  # that the motor can follow while the second program holds it on
LONGEST_ON_MS = 259

HOSTILE = """
import time, rp2
from pump.board.pico import step_gate
{before}
gate = step_gate.StepGate()
gate.enable(True)
gate.gate({gate_ms})
steps = gate._steps
@micropython.native
def hostile(span_ms):
    put, full, sleep = steps.put, steps.tx_fifo, time.sleep_ms
    end = time.ticks_add(time.ticks_ms(), span_ms)
    while time.ticks_diff(end, time.ticks_ms()) > 0:
        while full() < 4:
            put({word})
        sleep(10)
{first}
hostile({span_ms})
"""

# The step program without its wait: what a gate that is ignored would be.
NO_GATE = """
@rp2.asm_pio(set_init=rp2.PIO.OUT_LOW)
def ungated():
    wrap_target()
    pull(block)
    mov(x, osr)
    irq(4)
    nop() [13]
    label("pulse")
    set(pins, 1) [9]
    set(pins, 0) [8]
    jmp(x_dec, "pulse")
    nop()
    nop()
    wrap()
step_gate._step = ungated
"""


@pytest.fixture
def rig(dev_image: Path) -> Iterator[EmulatedRig]:
    with EmulatedRig(PlantSettings(seed=1), image=dev_image) as made:
        made.power_on()
        yield made


def attack(rig: EmulatedRig, gate_ms: int, span_s: float, before: str = "", first: str = "",
           word: str = "99") -> None:
    """Let the hostile loop run for `span_s`."""
    began_s = rig.now_s
    with Repl(rig) as repl:
        repl.begin(HOSTILE.format(before=before, gate_ms=gate_ms, span_ms=round(span_s * 1000),
                                  first=first, word=word))
        rig.advance(max(0.0, began_s + span_s - rig.now_s))


def gaps_ms(rig: EmulatedRig) -> list[int]:
    """Between strokes, each by the motor going on: without a gate their pulses run together."""
    times_ms = [ms for ms, on in rig.hardware.enable_edges if on]
    return [b - a for a, b in zip(times_ms, times_ms[1:], strict=False)]


def on_ms(rig: EmulatedRig) -> list[int]:
    """How long the motor was on each time."""
    edges = rig.hardware.enable_edges
    return [off - on for (on, _), (off, _) in zip(edges[::2], edges[1::2], strict=False)]


def fastest(least_gap_ms: int) -> str:
    ul_per_h = STROKE_PL * 3.6 / least_gap_ms
    return f"{ul_per_h:,.1f} uL/h = {ul_per_h * 0.024:.2f} mL/day"


@pytest.mark.parametrize(("name", "rate_nl_per_h", "span_s"), [
    ("24 mL/day", 1_000_000, 20), ("2 uL/h", 2_000, 367),
])
def test_a_queue_that_is_kept_full_makes_no_stroke_sooner_than_the_gate(
        rig, record_property, name, rate_nl_per_h, span_s):
    gate_ms = STROKE_PL * 3600 // rate_nl_per_h * 4 // 5
    # A stroke under a short gate before, so that one whole gate is seen soon.
    first = (f"gate.gate(300); time.sleep_ms(400); gate.stroke(); time.sleep_ms(300); "
             f"gate.gate({gate_ms})")
    attack(rig, gate_ms, span_s, first=first)
    least_ms = min(gaps_ms(rig))
    record_property("figure", f"step gate at {name}: hostile loop, least time between strokes "
                    f"{least_ms} ms of {gate_ms}: at most {fastest(least_ms)}")
    # Setting a gate while another runs takes some ms, which come on top.
    assert gate_ms - 4 <= least_ms <= gate_ms + 8
    assert set(rig.hardware.drive.stroke_pulses[:-1]) == {100}  # the last may still run
    assert rig.hardware.refused_pulses == 0


def test_a_gate_that_is_ignored_is_seen(rig):
    attack(rig, 720, 5, before=NO_GATE)
    assert min(gaps_ms(rig)) < 300


def test_a_word_that_asks_for_pulses_without_end_moves_one_stroke(rig, record_property):
    attack(rig, 720, 5, word="0xFFFFFFFF")
    moved = rig.plant.displaced_nl
    hardware = rig.hardware
    record_property("figure", f"step gate: a word of 2^32 pulses, {hardware.refused_pulses} of "
                    f"them with the motor off: motor on {on_ms(rig)} ms, {moved:.0f} nL moved")
    assert len(on_ms(rig)) == 1 and on_ms(rig)[0] <= LONGEST_ON_MS
    assert not hardware.enabled and hardware.refused_pulses > 1000
    assert moved <= STROKE_PL / 1000 * MOST_PULSES / 100 * 1.1
