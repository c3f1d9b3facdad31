"""The scripted hour as both rigs live it, and what each saw.

A new pump is calibrated, filled, prescribed and started; then come a press inside
the lockout, one that is granted, a power cut in its bolus, a press inside the lockout
that the cut began anew, one granted, one inside its lockout, and a pinched line that is
released. At the end the log is read. Basal 60 uL/h, bolus 10 uL in a minute.
"""

from dataclasses import dataclass
from typing import Any

from hil.prove.powercut import hour
from hil.rigs import factory
from hil.rigs.factory import AnyRig
from thecal.archive.reader import read_history
from thecal.device.client import PumpClient
from thecal.device.link import Link

SEED = 3


@dataclass(frozen=True)
class Script:
    """When what happens, in seconds from the rig's begin; all between 10 s and `end_s`."""

    press_s: tuple[float, ...]
    cut_s: float
    back_s: float
    pinch_s: float
    release_s: float
    end_s: float
    lockout_s: int


# Three times are chosen so that what decides is not nearer than what the rigs may differ by:
# a cut lies between two strokes (only the emulated rig can take power inside one), a pinch where
# the pressure passes the threshold in the midst of a stroke, and a release where both rigs look
# soon after (while the line is blocked a pump looks every 5 s).
HOUR = Script(hour.PRESS_AT_S, 690.5, 720, 2_400, 2_900, hour.HOUR_S,
              hour.RULES.lockout_s)
# The same things in the same order, as soon after each other as they can be.
SHORT = Script((30, 80, 100, 170, 245), 95.6, 98, 218, 380, 430, 60)


@dataclass(frozen=True)
class Lived:
    """What a rig saw, and what the pump's log says.

    events: decoded records in order, and times_ms: when they were by the rig's clock.
    strokes_ms, balance_nl: of the rig.
    """

    events: list[dict[str, Any]]
    times_ms: list[int]
    strokes_ms: list[int]
    balance_nl: float


def live(rig: AnyRig, script: Script) -> Lived:
    """Run the script on a rig that is new and has no power."""
    on_ms: list[int] = []
    rig.do(lambda: setattr(rig.engine, "on_power", lambda on: _note(rig, on_ms, on)))
    rig.power_on()
    factory.prepare(rig)
    with Link(rig.port) as link:
        client = PumpClient(link, timeout_s=30)
        client.prescribe(hour.record(hour.RULES._replace(lockout_s=script.lockout_s)))
        client.start()
    rig.do(lambda: _plan(rig, script))
    rig.advance(script.end_s - rig.now_s)
    balance_nl = rig.weigh().volume_nl
    with Link(rig.port) as link:
        events = list(read_history(PumpClient(link, timeout_s=120)).decoded())
    return Lived(events, _times_ms(events, on_ms), list(rig.hardware.stroke_times_ms), balance_nl)


def _note(rig: AnyRig, on_ms: list[int], on: bool) -> None:
    if on:
        on_ms.append(rig.engine.now_ms)


def _times_ms(events: list[dict[str, Any]], on_ms: list[int]) -> list[int]:
    """Pump time counted from each start, put where the rig gave power."""
    started_ms = {event["boot"]: event["mono_ms"] for event in events if event["type"] == "boot"}
    return [on_ms[event["boot"] - 1] + event["mono_ms"] - started_ms[event["boot"]]
            for event in events]


def _plan(rig: AnyRig, script: Script) -> None:
    at = rig.engine.at
    for press_s in script.press_s:
        at(round(1000 * press_s), lambda: rig.press_now(0.5))
    at(round(1000 * script.cut_s), rig.engine.power_off)
    at(round(1000 * script.back_s), rig.engine.power_on)
    at(round(1000 * script.pinch_s), lambda: rig.plant.pinch(True))
    at(round(1000 * script.release_s), lambda: rig.plant.pinch(False))
