"""A scripted hour of therapy on the virtual pump, with power taken at a chosen hal message.

Basal 60 uL/h, bolus 10 uL over one minute, lockout ten minutes. Presses: one
inside the lockout, one granted whose bolus a scripted power cut ends, one
refused, one granted, one refused. witness.py judges.
"""

import random
from typing import NamedTuple

from hil.plant import PlantSettings
from hil.prove.powercut.witness import Rules, Watcher, Witness
from hil.rigs import factory
from hil.rigs.virtual_rig import VirtualRig
from thecal.device.client import PumpClient
from thecal.device.link import Link
from thecal_wire import halpipe, prescription

HOUR_S = 3600
CONCENTRATION_UG_PER_ML = 10_000
RULES = Rules(basal_nl_per_h=60_000, bolus_nl=10_000, bolus_s=60, lockout_s=600,
              count_per_24h=10, limit_nl=180_000, window_s=HOUR_S)
PRESS_AT_S = (300, 660, 900, 1500, 1800)
CUT_AT_S, OFF_S = 690.0, 30.0
SEED = 3


class CutAt(NamedTuple):
    """Take power at this hal message, a flash operation `done` of 0..1 done, for `off_s`."""

    message: int
    done: float
    off_s: float


def record(rules: Rules = RULES) -> bytes:
    """The prescription that says so."""
    ng_per_nl = CONCENTRATION_UG_PER_ML // 1000
    return prescription.pack(
        factory.SERIAL.encode(), b"morphine", CONCENTRATION_UG_PER_ML,
        rules.basal_nl_per_h * 24 * ng_per_nl, rules.bolus_nl * ng_per_nl, rules.bolus_s,
        rules.lockout_s, rules.count_per_24h, rules.limit_nl * ng_per_nl, rules.window_s)


def prepared_image(rules: Rules = RULES, presses: int = 0) -> bytes:
    """Flash of a pump that is calibrated, filled, prescribed and running.

    presses: so many are refused in its first seconds, which fills the log.
    """
    with VirtualRig(PlantSettings(seed=SEED)) as rig:
        rig.power_on()
        factory.prepare(rig)
        with Link(rig.port) as link:
            client = PumpClient(link, timeout_s=30)
            client.prescribe(record(rules))
            client.start()
        for _ in range(presses):
            rig.press(0.2)
            rig.advance(0.6)
        rig.power_off()
        return bytes(rig.hardware.flash.image)


def live(image: bytes, cut: CutAt | None, keep_ops: bool = False) -> Witness:
    """Run the hour from `image`, with one power cut more if `cut` says so."""
    with VirtualRig(PlantSettings(seed=SEED), flash_image=image) as rig:
        watcher = Watcher(rig, RULES)
        ops: list[int] = []
        if keep_ops:
            rig.engine.on_message = ops.append
        rig.do(lambda: _script(rig, watcher))
        if cut is not None:
            rig.cut_at_message(cut.message, cut.done)
            rig.do(lambda: watcher.return_after(cut.off_s))
        rig.power_on()
        rig.advance(HOUR_S - rig.now_s)
        rig.do(rig.engine.cancel_cut)  # what has not come about by now must not hit the reading
        rig.power_on()  # a cut in the last second: give the pump its power back
        last, messages = rig.engine.last_cut, rig.engine.messages
        seen = watcher.read()
        seen.messages, seen.ops = messages, ops
        seen.cut_op = None if last is None else last.op
        return seen


def choose_cuts(ops: list[int], count: int, seed: int) -> list[CutAt]:
    """Cuts over all messages of an hour: each flash program and stroke weighs more."""
    rng = random.Random(seed)
    by_op: dict[int, list[int]] = {}
    for index, op in enumerate(ops):
        by_op.setdefault(op, []).append(index)
    third = count // 4
    chosen = _spread(by_op.get(halpipe.FLASH_PROGRAM, []), third)
    chosen += _spread(by_op.get(halpipe.STROKE, []), third)
    chosen += _spread(by_op.get(halpipe.FLASH_ERASE, []), 8)
    chosen += _spread(list(range(len(ops))), count - len(chosen))
    return [CutAt(at, rng.random(), rng.choice((0.5, 5.0, 30.0, 120.0))) for at in chosen]


def _spread(indices: list[int], count: int) -> list[int]:
    """`count` of them, evenly over all (fewer if there are not so many)."""
    count = min(count, len(indices))
    return [indices[(2 * i + 1) * len(indices) // (2 * count)] for i in range(count)]


def _script(rig: VirtualRig, watcher: Watcher) -> None:
    engine = rig.engine
    for at_s in PRESS_AT_S:
        engine.at(1000 * at_s, lambda: rig.press_now(0.5))
    engine.at(round(1000 * CUT_AT_S), lambda: watcher.cut_for(OFF_S))
