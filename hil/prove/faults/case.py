"""One fault in one running pump: when it is heard, and what flows afterwards.

The judge stands outside: the sounder's pin, pulses on the driver's pins, the rotor. The
port is asked only which alarm it was.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hil.emulated.analog import PRESSURE, STUCK_HIGH, STUCK_LOW
from hil.emulated.flash import PAGE_BYTES
from hil.emulated.hardware import STORAGE_AT
from hil.emulated.i2c import Fault
from hil.emulated.uf2 import FLASH_BYTES
from hil.plant import PlantSettings
from hil.prove.faults.table import BASAL, IN_BOLUS, NONE, START, STROKE, Row
from hil.rigs import factory, prescribed
from hil.rigs.emulated_rig import IMAGE, EmulatedRig
from thecal.device.client import PumpClient
from thecal.device.link import Link
from thecal_wire import codes, halpipe

SEED = 1
LOCKOUT_S = 60
TALLY = range(STORAGE_AT + 8 * 4096, STORAGE_AT + 72 * 4096)  # firmware/pump/store/nor.py
EVENTS = range(STORAGE_AT + 88 * 4096, STORAGE_AT + 368 * 4096)
TALLY_BLOCKS = slice(8, 72)
MOST_ERASED = 2  # blocks of the tally that one failed checkpoint passes over
STEP_S = 0.5  # how often to look whether the alarm is there; its time comes from the pin
SHORT_S = 0.4  # a stroke under way when the alarm comes ends


@dataclass(frozen=True)
class Programme:
    """A basal rate to fail at; `interval_s` between strokes as the pump rounds them."""

    name: str
    nl_per_h: int

    def interval_s(self, stroke_pl: int) -> float:
        """Time between two strokes."""
        return stroke_pl * 3.6 / self.nl_per_h

    def record(self) -> bytes:
        """The prescription; boluses of 10 uL in a minute."""
        profile = (0, 10_000, 60, LOCKOUT_S, 20)
        return prescribed.steady(self.nl_per_h, [profile], limit_1h_ng=200_000)


FAST = Programme("60 uL/h", 60_000)
LOWEST = Programme("2 uL/h", 2_000)


@dataclass
class Outcome:
    """What came of a fault; `broken` is what should have been otherwise."""

    id: str
    programme: str
    bound_s: float
    detected_s: float | None = None
    alarms: list[str] = field(default_factory=list)
    strokes_after: int = 0
    watched_s: float = 0.0
    broken: list[str] = field(default_factory=list)

    def line(self) -> str:
        """For people."""
        heard = "no alarm" if self.detected_s is None else f"{self.detected_s:.1f} s"
        return (f"{self.id:<52} {self.programme:>7}  {heard:>9} of {self.bound_s:g} s"
                + "".join(f"  BROKEN: {broken}" for broken in self.broken))

    def as_json(self) -> dict[str, Any]:
        """As it stands in build/prove/faults.json."""
        return asdict(self) | {"ok": not self.broken}


def running_image(programme: Programme, image: Path = IMAGE) -> bytes:
    """Flash of a pump that runs the programme."""
    with EmulatedRig(PlantSettings(seed=SEED), image=image) as rig:
        rig.power_on()
        factory.prepare(rig)
        with Link(rig.port) as link:
            client = PumpClient(link)
            client.prescribe(programme.record())
            client.start()
        rig.power_off()
        return rig.hardware.flash.image


def run(row: Row, programme: Programme, flash: bytes, image: Path = IMAGE) -> Outcome:
    """Put the fault in, wait for the sounder, and watch what flows."""
    with EmulatedRig(PlantSettings(seed=SEED), flash_image=flash, image=image) as rig:
        return _Case(row, programme, rig).run()


class _Case:
    def __init__(self, row: Row, programme: Programme, rig: EmulatedRig) -> None:
        self.row, self.rig = row, rig
        self.interval_s = programme.interval_s(rig.do(rig.plant.calibrate))
        self.basal_nl_per_s = programme.nl_per_h / 3600
        self.out = Outcome(row.id, programme.name, round(row.bound_at(self.interval_s), 1))
        self.pages = _Pages(rig)
        self.asked = (0, 0)  # tones and strokes when the port was last asked

    def run(self) -> Outcome:
        rig, row = self.rig, self.row
        if row.when == START:
            inject(rig, row.key, self.pages)
            began_s = rig.now_s
            rig.power_on()
        else:
            rig.power_on()
            self._reach()
            began_s = rig.now_s
            rig.do(lambda: inject(rig, row.key, self.pages))
            if row.key == "flash:log":
                rig.press()
        self._await_alarm(began_s)
        self._judge(began_s)
        return self.out

    def _reach(self) -> None:
        """Let the pump get to where the fault is to come."""
        rig = self.rig
        if self.row.when == IN_BOLUS:
            rig.advance(max(LOCKOUT_S, self.interval_s) + 5)
            rig.press()
            rig.advance(12)
        elif self.row.when == STROKE:
            self._until_stroke()
            rig.advance(0.1)
        else:
            self._until_stroke()
            # A page of marks is closed after a quarter hour: take the one of the next stroke.
            rig.advance(self.interval_s - 3 if self.row.key == "flash:mark" else 1.2)

    def _until_stroke(self) -> None:
        strokes = self.rig.plant.strokes
        self.rig.advance(self.interval_s - 0.5)
        for _ in range(200):
            if len(self.rig.hardware.stroke_times_ms) > strokes:
                return
            self.rig.advance(0.05)
        self.out.broken.append("no stroke came to begin with")

    def _await_alarm(self, began_s: float) -> None:
        """Go on until the alarm's tone, at most a little over the bound."""
        rig, row = self.rig, self.row
        end_s = began_s + self.out.bound_s + (2 if row.alarm else 0)
        while rig.now_s < end_s:
            rig.advance(min(STEP_S, end_s - rig.now_s + 0.001))
            if row.alarm and self._is_active(row.alarm, began_s):
                break
        heard = self._heard_s(began_s)
        if not row.alarm:
            if heard is not None:
                self.out.broken.append(f"an alarm after {heard:.1f} s")
        elif heard is None or row.alarm not in self.out.alarms:
            self.out.broken.append(f"no alarm {row.alarm} within {self.out.bound_s} s: "
                                   f"{self.out.alarms}")
        else:
            if row.alarm != "stall":  # a sensor_fault of the same tone may come before it
                self.out.detected_s = heard
            if self.out.detected_s is not None and self.out.detected_s > self.out.bound_s:
                self.out.broken.append(f"{row.alarm} only after {self.out.detected_s} s")

    def _is_active(self, name: str, began_s: float) -> bool:
        """Ask the port, but only after a tone, and then once for each tone or stroke."""
        seen = len(self.rig.hardware.sounds), len(self.rig.hardware.stroke_times_ms)
        if self._heard_s(began_s) is None or seen == self.asked:
            return False
        self.asked = seen
        asked_s = self.rig.now_s
        with Link(self.rig.port) as link:
            active = PumpClient(link, timeout_s=60).status().alarms
        self.out.alarms = [entry[0] for code, entry in codes.ALARMS.items() if active & 1 << code]
        if name not in self.out.alarms:
            return False
        self.out.detected_s = round(asked_s - began_s, 2)
        return True

    def _heard_s(self, began_s: float) -> float | None:
        """From the fault to the first tone of the alarm's priority."""
        priority = {entry[0]: entry[1] for entry in codes.ALARMS.values()}.get(self.row.alarm)
        alarm_tones = (halpipe.PATTERN_LOW, halpipe.PATTERN_MEDIUM, halpipe.PATTERN_HIGH)
        wanted = alarm_tones if priority is None else (alarm_tones[priority - 1],)
        heard = [ms for ms, tone in self.rig.hardware.sounds
                 if tone in wanted and ms >= began_s * 1000]
        return round(heard[0] / 1000 - began_s, 2) if heard else None

    # --- afterwards -----------------------------------------------------------

    def _judge(self, began_s: float) -> None:
        rig, out = self.rig, self.out
        from_s = rig.now_s + SHORT_S
        rig.advance(SHORT_S)
        displaced_nl, erased = rig.plant.displaced_nl, self._erased()
        # Without an encoder the pump stalls at the third stroke: watch no longer than the second.
        out.watched_s = round(1.3 * self.interval_s + 1, 1)
        rig.advance(out.watched_s)
        strokes = [ms for ms in rig.hardware.stroke_times_ms if ms > from_s * 1000]
        out.strokes_after = len(strokes)
        if self._erased() - erased > MOST_ERASED:
            out.broken.append(f"{self._erased() - erased} blocks of dose history erased")
        given_nl = rig.plant.displaced_nl - displaced_nl
        if self.row.rate == NONE:
            if strokes or rig.hardware.enabled:
                out.broken.append(f"{len(strokes)} strokes after the alarm, "
                                  f"motor {'on' if rig.hardware.enabled else 'off'}")
        elif self.row.rate == BASAL:
            ordered_nl = self.basal_nl_per_s * out.watched_s
            if given_nl > ordered_nl + 1.1 * self.basal_nl_per_s * self.interval_s:
                out.broken.append(f"{given_nl:.0f} nL where basal is {ordered_nl:.0f}")
            if not strokes:
                out.broken.append("basal does not go on")
        self._judge_count()

    def _erased(self) -> int:
        return sum(self.rig.hardware.flash.erases[TALLY_BLOCKS])

    def _judge_count(self) -> None:
        with Link(self.rig.port) as link:
            status = PumpClient(link, timeout_s=60).status()
        # The image is of a pump that has made no stroke yet.
        over = status.tally_strokes - len(self.rig.hardware.stroke_times_ms)
        if not 0 <= over <= 1:
            self.out.broken.append(f"the count is {over} off")


class _Pages:
    """Which pages of flash the firmware programmed last."""

    def __init__(self, rig: EmulatedRig) -> None:
        self.rig = rig
        self.last = {"tally": TALLY.start, "events": EVENTS.start}
        rig.hardware.flash.chip.on_operation = self._note

    def _note(self, operation: Any) -> None:
        if operation.kind == "program":
            for name, place in (("tally", TALLY), ("events", EVENTS)):
                if operation.address in place:
                    self.last[name] = operation.address - operation.address % PAGE_BYTES


def inject(rig: EmulatedRig, key: str, pages: _Pages) -> None:
    """Put in the fault that a row's key names; in the rig's thread, or without power."""
    part, kind = key.split(":")
    hardware = rig.hardware
    chips: dict[str, Any] = {"flow": hardware.flow_chip, "encoder": hardware.encoder_chip,
                             "clock": hardware.clock_chip}
    special: dict[str, Callable[[], None]] = {
        "encoder:no magnet": lambda: setattr(chips["encoder"], "magnet",
                                             chips["encoder"].MAGNET_GONE),
        "clock:lost": lambda: setattr(hardware, "wall_lost", True),
        "pressure:low": lambda: hardware.analog.stuck.update({PRESSURE: STUCK_LOW}),
        "pressure:high": lambda: hardware.analog.stuck.update({PRESSURE: STUCK_HIGH}),
        "flash:mark": lambda: _kill(rig, pages.last["tally"], 1),
        "flash:next": lambda: _kill(rig, pages.last["tally"] + PAGE_BYTES, 1),
        "flash:log": lambda: _kill(rig, pages.last["events"], 2),
        "flash:all": lambda: _kill(rig, 0, FLASH_BYTES // PAGE_BYTES),
    }
    if key in special:
        special[key]()
    else:
        chips[part].fault = Fault(kind)


def _kill(rig: EmulatedRig, address: int, count: int) -> None:
    chip = rig.hardware.flash.chip
    chip.dead_pages |= {address + PAGE_BYTES * index for index in range(count)}
