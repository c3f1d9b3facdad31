"""What a person may type to a running virtual pump: the hands at its bedside."""

import math
import shlex
from collections.abc import Callable

from hil.plant.battery import MOST_MV
from hil.plant.temperature import LEAST_MDEGC, MOST_MDEGC
from hil.rigs.virtual_rig import VirtualRig
from thecal_wire import halpipe

HELP = """\
  press [SECONDS]   press the patient's button (0.5 s)
  pinch, release    close and open the line
  cut, power        take power away, give it back
  stall, unstall    block the rotor, free it
  leak UL_PER_MIN   let drug flow by itself (0 = mend)
  warm DEGC         bring the pump to this temperature, warm or cold (37)
  battery VOLT      give the pump this voltage (without a number: its own cell's)
  fill ML           put so much drug into the reservoir; then tell the pump: thecal refill
  speed FACTOR      virtual seconds per second
  wait SECONDS      let this much pump time pass at once
  show              what the balance and the line say
  quit              end"""


_HEARD = {
    halpipe.PATTERN_GRANTED: "granted",
    halpipe.PATTERN_REFUSED: "refused",
    halpipe.PATTERN_STOP: "stopped",
    halpipe.PATTERN_LOW: "alarm, low",
    halpipe.PATTERN_MEDIUM: "alarm, medium",
    halpipe.PATTERN_HIGH: "alarm, high",
}


_LIGHTS = ("dark", "alarm, low", "alarm, medium", "alarm, high")


class Console:
    """Carries out typed lines on a rig; `line` returns what to print."""

    def __init__(self, rig: VirtualRig) -> None:
        self._rig = rig
        self._commands: dict[str, Callable[[float | None], str]] = {
            "press": self._press,
            "pinch": lambda _: self._do(lambda: rig.plant.pinch(True), "line pinched"),
            "release": lambda _: self._do(lambda: rig.plant.pinch(False), "line open"),
            "cut": lambda _: self._do(rig.engine.power_off, "power is off"),
            "power": lambda _: self._do(rig.engine.power_on, "power is on"),
            "stall": lambda _: self._do(lambda: rig.plant.stall(True), "rotor blocked"),
            "unstall": lambda _: self._do(lambda: rig.plant.stall(False), "rotor free"),
            "leak": self._leak,
            "warm": self._warm,
            "battery": self._battery,
            "fill": self._fill,
            "speed": self._speed,
            "wait": self._wait,
            "show": lambda _: self._show(),
            "help": lambda _: HELP,
        }

    def line(self, text: str) -> str:
        """Carry out one line."""
        words = shlex.split(text)
        if not words:
            return ""
        command = self._commands.get(words[0])
        if command is None:
            return f"unknown: {words[0]} (type help)"
        try:
            number = float(words[1]) if len(words) > 1 else None
        except ValueError:
            number = math.nan
        if number is not None and not math.isfinite(number):
            return f"{words[0]}: {words[1]} is not a number"
        return command(number)

    def _do(self, action: Callable[[], object], said: str) -> str:
        self._rig.do(action)
        return said

    def _press(self, held_s: float | None) -> str:
        """Press, let the pump answer, and tell what the patient hears."""
        held_s = 0.5 if held_s is None else held_s
        heard = len(self._rig.hardware.sounds)
        self._rig.press(held_s)
        self._rig.advance(held_s + 0.1)
        sounds = [sound for _, sound in self._rig.hardware.sounds[heard:]]
        told = [_HEARD[sound] for sound in sounds if sound in _HEARD]
        return "pressed; the patient hears: " + (", ".join(told) or "nothing")

    def _leak(self, ul_per_min: float | None) -> str:
        if ul_per_min is None or ul_per_min < 0:
            return "leak: say how much, in uL/min (0 or more)"
        return self._do(lambda: self._rig.plant.free_flow(ul_per_min * 1000),
                        f"leaking {ul_per_min:g} uL/min")

    def _warm(self, degc: float | None) -> str:
        low, high = LEAST_MDEGC // 1000, MOST_MDEGC // 1000
        degc = 37.0 if degc is None else degc
        if not low <= degc <= high:
            return f"warm: say a temperature of {low} to {high} degC"
        self._rig.temperature(round(degc * 1000))
        return f"the pump is at {degc:g} degC"

    def _battery(self, volt: float | None) -> str:
        if volt is None:
            return self._do(lambda: self._rig.plant.battery.hold(None), "the pump's own cell")
        if not 0 <= volt <= MOST_MV / 1000:
            return f"battery: say a voltage of 0 to {MOST_MV / 1000:g} V"
        self._rig.battery(round(volt * 1000))
        return f"the battery has {volt:g} V"

    def _fill(self, ml: float | None) -> str:
        if ml is None or ml < 0:
            return "fill: say how much, in mL (0 or more)"
        return self._do(lambda: self._rig.plant.set_reservoir(ml * 1_000_000),
                        f"the reservoir holds {ml:g} mL; the pump learns it by `thecal refill`")

    def _speed(self, factor: float | None) -> str:
        if factor is None or factor < 0:
            return "speed: say a factor of 0 or more"
        self._rig.factor = factor
        return f"speed {factor:g}"

    def _wait(self, seconds: float | None) -> str:
        if seconds is None or seconds < 0:
            return "wait: say how many seconds"
        self._rig.advance(seconds)
        return self._show()

    def _show(self) -> str:
        rig = self._rig
        totals = rig.do(rig.plant.snapshot)
        left_ml, degc, volt = rig.do(lambda: (
            rig.plant.reservoir.contents_nl / 1_000_000, rig.plant.temperature_mdegc / 1000,
            rig.plant.battery_mv / 1000))
        power = "on" if rig.engine.powered else "off"
        light = _LIGHTS[rig.hardware.lights[-1][1]] if rig.hardware.lights else "dark"
        return (f"{rig.now_s / 3600:.2f} h since the rig began, power {power}, balance "
                f"{totals['balance_nl'] / 1000:.2f} uL, line {totals['pressure_kpa']:.1f} kPa, "
                f"{totals['strokes']:.0f} strokes, light {light}; {left_ml:.3f} mL left, "
                f"{degc:.1f} degC, {volt:.2f} V")
