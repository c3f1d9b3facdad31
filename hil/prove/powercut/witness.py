"""What the rig saw of a script with power cuts in it, and its judge.

The judge sees strokes, sounds, the enable line and the flash of the rig, and what is
read over the port afterwards; it shares nothing with the device. It is the same for
both rigs and both scripts; `Rules` says what the pump was prescribed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from hil.rigs.factory import AnyRig
from hil.rigs.flash import BLOCK_BYTES
from thecal.archive.reader import put_together, read_ring
from thecal.device.client import PumpClient
from thecal.device.link import Link
from thecal_wire import codes, events, halpipe

EVENT_RING = (88 * BLOCK_BYTES, 368 * BLOCK_BYTES)  # docs/log-format.md


class Rules(NamedTuple):
    """What was prescribed, as volumes; the window is longer than the script."""

    basal_nl_per_h: int
    bolus_nl: int
    bolus_s: int
    lockout_s: int
    count_per_24h: int
    limit_nl: int
    window_s: int


@dataclass
class Witness:
    """What the rig saw, and what was read from the pump at the end; enabled_ms: motor on."""

    rules: Rules
    strokes_ms: list[int]
    enabled_ms: list[int]
    power_on_ms: list[int]
    power_off_ms: list[int]
    granted_ms: list[int]
    end_ms: int
    plant_strokes: int
    tally_strokes: int
    stroke_pl: int
    mode: int
    committed: set[bytes]
    read: set[bytes]
    gaps: int
    wrong_pulses: int = 0
    messages: int = 0
    cut_op: int | None = None
    ops: list[int] = field(default_factory=list[int])

    @property
    def lost(self) -> int:
        """Committed records that were not read again."""
        return len(self.committed - self.read)


def violations(seen: Witness) -> list[str]:
    """Every rule that was broken, in words."""
    found: list[str] = []
    cuts = len(seen.power_off_ms)
    extra = seen.tally_strokes - seen.plant_strokes
    if not 0 <= extra <= cuts:
        found.append(f"tally {extra} strokes off after {cuts} cuts")
    if seen.lost:
        found.append(f"{seen.lost} committed records lost or changed")
    if seen.gaps:
        found.append(f"{seen.gaps} gaps in the sequence")
    if seen.wrong_pulses:
        found.append(f"{seen.wrong_pulses} pulses with the motor off or backwards")
    found += _early("stroke", seen.strokes_ms, seen)
    found += _early("motor on", seen.enabled_ms, seen)
    found += _early_grants(seen)
    found += _limits(seen)
    found += _resumed(seen)
    return found


def _interval_ms(seen: Witness) -> int:
    return seen.stroke_pl * 3600 // seen.rules.basal_nl_per_h


def _early(what: str, times_ms: list[int], seen: Witness) -> Iterator[str]:
    """Nothing moves before a full interval has passed: a pump that only restarts gives nothing."""
    interval_ms = _interval_ms(seen)
    for on_ms in seen.power_on_ms:
        first = next((at for at in times_ms if at >= on_ms), None)
        if first is not None and first - on_ms < interval_ms:
            yield f"{what} {first - on_ms} ms after power-on, interval {interval_ms} ms"


def _early_grants(seen: Witness) -> Iterator[str]:
    lockout_ms = 1000 * seen.rules.lockout_s
    for granted in seen.granted_ms:
        on_ms = max(at for at in seen.power_on_ms if at <= granted)
        if granted - on_ms < lockout_ms:
            yield f"granted {granted - on_ms} ms after power-on"
    for first, second in pairwise(seen.granted_ms):
        if second - _bolus_end_ms(seen, first) < lockout_ms:
            yield f"granted {second - _bolus_end_ms(seen, first)} ms after the end of a bolus"


def _bolus_end_ms(seen: Witness, granted_ms: int) -> int:
    cut_ms = (at for at in seen.power_off_ms if at >= granted_ms)
    return min([granted_ms + 1000 * seen.rules.bolus_s, *cut_ms])


def _limits(seen: Witness) -> Iterator[str]:
    """What was given, with what is on its way for the rest of the window, is within the limit."""
    rules = seen.rules
    if len(seen.granted_ms) > rules.count_per_24h:
        yield f"{len(seen.granted_ms)} boluses of {rules.count_per_24h}"
    given_nl = len(seen.strokes_ms) * seen.stroke_pl // 1000
    coming_nl = rules.basal_nl_per_h * max(0, rules.window_s - seen.end_ms // 1000) // 3600
    if seen.granted_ms:
        left_ms = max(0, _bolus_end_ms(seen, seen.granted_ms[-1]) - seen.end_ms)
        coming_nl += rules.bolus_nl * left_ms // (1000 * rules.bolus_s)
    if given_nl + coming_nl > rules.limit_nl:
        yield f"{given_nl} nL given and {coming_nl} nL to come, limit {rules.limit_nl} nL"


def _resumed(seen: Witness) -> Iterator[str]:
    if seen.mode not in (codes.RUNNING, codes.BOLUS):
        yield f"mode {codes.MODES[seen.mode]} in the end"
    # Waiting for two intervals is what the pump itself calls starvation.
    for on_ms, until_ms in zip(seen.power_on_ms, [*seen.power_off_ms, seen.end_ms], strict=False):
        if until_ms - on_ms < 2 * _interval_ms(seen):
            continue
        if not any(on_ms <= at < on_ms + 2 * _interval_ms(seen) for at in seen.strokes_ms):
            yield f"no stroke in two intervals after power-on at {on_ms} ms"


class Watcher:
    """Follows a rig: power, records committed at each cut; gives power back after a cut."""

    def __init__(self, rig: AnyRig, rules: Rules) -> None:
        self.rig = rig
        self._rules = rules
        self.on_ms: list[int] = []
        self.off_ms: list[int] = []
        self._committed: set[bytes] = set()
        self._off_s: list[float] = []
        rig.engine.on_power = self._power

    def return_after(self, *off_s: float) -> None:
        """How long power stays away at the next planned cut, the one after that ..."""
        self._off_s = list(off_s)

    def cut_for(self, off_s: float) -> None:
        """Take power now, unless it is gone, and give it back after that long."""
        if self.rig.engine.powered:
            self._off_s.insert(0, off_s)
            self.rig.engine.power_off()

    def power_changed(self, on: bool) -> None:
        """For those who want to know more."""

    def _power(self, on: bool) -> None:
        engine = self.rig.engine
        (self.on_ms if on else self.off_ms).append(engine.now_ms)
        if not on:
            self._committed |= set(_intact_records(self.rig))
            if self._off_s:
                off_ms = round(1000 * self._off_s.pop(0))
                engine.at(engine.now_ms + off_ms, engine.power_on)
        self.power_changed(on)

    def read(self) -> Witness:
        """Read the pump over its port and put all evidence together."""
        hardware = self.rig.hardware
        end_ms = self.rig.engine.now_ms
        strokes_ms, plant_strokes = list(hardware.stroke_times_ms), self.rig.plant.strokes
        with Link(self.rig.port) as link:
            client = PumpClient(link, timeout_s=120)
            status = client.status()
            history = put_together(read_ring(client))
        return Witness(
            rules=self._rules,
            strokes_ms=strokes_ms,
            enabled_ms=[],
            power_on_ms=self.on_ms,
            power_off_ms=self.off_ms,
            granted_ms=[at for at, sound in hardware.sounds if sound == halpipe.PATTERN_GRANTED],
            end_ms=end_ms,
            plant_strokes=plant_strokes,
            tally_strokes=status.tally_strokes,
            stroke_pl=status.stroke_pl,
            mode=status.mode,
            committed=self._committed,
            read=set(history.records),
            gaps=len(history.gaps),
        )


def _intact_records(rig: AnyRig) -> list[bytes]:
    """Whole event records in flash as they stand."""
    image = rig.hardware.flash.image
    size = events.RECORD_BYTES
    slots = (bytes(image[at:at + size]) for at in range(*EVENT_RING, size))
    return [slot for slot in slots if slot != b"\xff" * size and events.intact(slot)]
