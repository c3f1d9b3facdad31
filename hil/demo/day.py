"""The demo's day: the real firmware, a patient, a power cut and a pinched line."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from hil.rigs.virtual_rig import VirtualRig

DAY_S = 86_400
PRESS_AT_H = (1.5, 5.0, 6.0, 9.5, 10.0, 14.0, 16.0, 18.2, 20.0)
CUT_AFTER_PRESS_S = 150.0  # in the middle of the second bolus, granted at 9.5 h
CUT_PRESS_H = 9.5
OFF_S = 90.0
PINCH_H, RELEASE_H = 19.0, 21.0

Say = Callable[[float, str], None]


class Weighing(NamedTuple):
    """What the rig saw at a time."""

    at_s: float
    balance_nl: float
    pressure_kpa: float


@dataclass
class Day:
    """What the rig saw of the day."""

    weighings: list[Weighing] = field(default_factory=list[Weighing])
    pressed_at_s: list[float] = field(default_factory=list[float])


def live(rig: VirtualRig, say: Say) -> Day:
    """Let the day happen to a pump whose therapy has just begun."""
    day = Day()
    began_s = rig.now_s
    for at_s, action in sorted(_script(rig, day, say), key=lambda step: step[0]):
        _pass_time(rig, day, began_s + at_s)
        action()
    _pass_time(rig, day, began_s + DAY_S)
    return day


def _script(rig: VirtualRig, day: Day, say: Say) -> list[tuple[float, Callable[[], None]]]:
    def press(hour: float) -> None:
        day.pressed_at_s.append(rig.now_s)
        say(hour, "the patient presses the button")
        rig.press()

    def cut() -> None:
        say(CUT_PRESS_H, "power fails in the middle of a bolus")
        rig.power_off()

    def back() -> None:
        say(CUT_PRESS_H, "power returns after 90 s")
        rig.power_on()

    def pinch(closed: bool) -> None:
        say(PINCH_H if closed else RELEASE_H, "the line is pinched" if closed else
            "the line is free again")
        rig.pinch(closed)

    steps: list[tuple[float, Callable[[], None]]] = [
        (hour * 3600, lambda hour=hour: press(hour)) for hour in PRESS_AT_H]
    cut_s = CUT_PRESS_H * 3600 + CUT_AFTER_PRESS_S
    steps += [(cut_s, cut), (cut_s + OFF_S, back)]
    steps += [(PINCH_H * 3600, lambda: pinch(True)), (RELEASE_H * 3600, lambda: pinch(False))]
    return steps


def _pass_time(rig: VirtualRig, day: Day, until_s: float) -> None:
    """Go on to a time, weighing every minute."""
    while rig.now_s < until_s:
        rig.advance(min(60.0, until_s - rig.now_s))
        day.weighings.append(
            Weighing(rig.now_s, rig.plant.balance_nl, rig.plant.line.pressure_kpa))
