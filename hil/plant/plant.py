"""The plant: a pump's physics and sensors under one virtual clock.

Time is an integer of us that only `advance`, `watch`, `stroke` and `rest_until_us`
move, and never back. Between strokes the flow is constant and the line is solved in
one piece; a stroke is 15 pieces of 20 ms, one sample of the flow sensor each. Who
steps the rotor pulse by pulse instead (pulses.py) lets time pass himself, in us.
What it is made of, and what can be done to it, is in specimen.py.

At all times, to 1e-6 nL::

    displaced_nl + free_nl = balance_nl + stored_nl + slipped_nl
"""

from hil.plant.comparisons import Comparisons
from hil.plant.rotor import SLICE_MS, STROKE_MS, STROKES_PER_REV, weigh_fresh_stroke_pl
from hil.plant.specimen import Specimen
from hil.plant.values import Burst, Look, PlantSettings

WATCH_MS = 1000
ZERO_SAMPLES = 8
COUNTS_PER_CDEGC = 2  # of the flow sensor's temperature
US_PER_S = 1_000_000
CALIBRATION_STROKES = 20 * STROKES_PER_REV


class Plant(Specimen):
    """The simulated pump; volumes in nL, time in ms."""

    def __init__(self, settings: PlantSettings) -> None:
        super().__init__(settings)
        self._compared = Comparisons()

    # Time

    def advance(self, to_ms: int) -> None:
        """Let time pass with the rotor still."""
        if to_ms * 1000 < self.now_us:
            raise ValueError(f"plant: time never goes back, from {self.now_ms} to {to_ms} ms")
        self.rest_until_us(to_ms * 1000)

    def rest_until_us(self, to_us: int) -> None:
        """Let time pass with the rotor still, up to a time in us."""
        self.hydraulics.rest((to_us - self.now_us) / US_PER_S)
        self._arrive(to_us)

    def push_until_us(self, to_us: int, rotor_nl: float) -> None:
        """Let time pass up to `to_us` while the rotor moves `rotor_nl` of fluid."""
        self.hydraulics.push((to_us - self.now_us) / US_PER_S, rotor_nl)
        self._arrive(to_us)

    def _arrive(self, at_us: int) -> None:
        self.now_us = at_us
        self.balance.note(self.now_ms, self.balance_nl)

    @property
    def now_ms(self) -> int:
        """Time in whole ms."""
        return self.now_us // 1000

    def watch(self, to_ms: int, threshold_raw: int | None) -> int | None:
        """Sleep until `to_ms`, or until the sensed flow reaches the threshold.

        Compares now and at every whole second; returns the time of the first
        crossing and stops there, else None. Without a threshold nobody compares.
        """
        while threshold_raw is not None:
            self.note_comparison()
            raw = self.flow_raw(self.hydraulics.still_nl_per_s)
            if raw is not None and raw >= threshold_raw:
                return self.now_ms
            next_ms = self.now_ms - self.now_ms % WATCH_MS + WATCH_MS
            if next_ms > to_ms:
                break
            self.advance(next_ms)
        self.advance(to_ms)
        return None

    def look(self) -> Look:
        """Sample each sensor now; counts as a comparison."""
        self.note_comparison()
        counts = self.temperature_counts
        return Look(
            flow_raw=self.flow_raw(self.hydraulics.still_nl_per_s),
            pressure_pa=self.pressure_sensor.read(self.line.pressure_kpa),
            encoder_counts=self.rotor.encoder_counts(),
            temperature_cdegc=None if counts is None else counts // COUNTS_PER_CDEGC,
            battery_mv=self.sensed_battery_mv,
        )

    def flow_raw(self, flow_nl_per_s: float) -> int | None:
        """What the flow sensor answers to this flow, counts of 0.1 uL/min."""
        return self.flow_sensor.read(flow_nl_per_s, self.temperature_mdegc)

    @property
    def temperature_counts(self) -> int | None:
        """The temperature as the flow sensor tells it, 200 counts per degC."""
        return self.flow_sensor.temperature_counts(self.temperature_mdegc)

    @property
    def sensed_battery_mv(self) -> int | None:
        """The voltage as it is measured; None = nothing to measure."""
        return None if self.battery.unsensed else self.battery_mv

    def stroke(self) -> Burst:
        """Command one stroke: 300 ms, whether the rotor follows or not."""
        encoder_before = self.rotor.encoder_counts()
        zeros = self._flow_samples([self.hydraulics.still_nl_per_s] * ZERO_SAMPLES)
        slice_s = SLICE_MS / 1000
        volumes_nl = self.rotor.turn(self._tube_part())
        flows_nl_per_s = [self.hydraulics.push(slice_s, nl) for nl in volumes_nl]
        self.now_us += STROKE_MS * 1000
        self.strokes += 1
        self.balance.note(self.now_ms, self.balance_nl)
        return Burst(
            duration_ms=STROKE_MS,
            encoder_before=encoder_before,
            encoder_after=self.rotor.encoder_counts(),
            zero_raw=round(sum(zeros) / len(zeros)) if zeros else None,
            samples=self._flow_samples(flows_nl_per_s),
            pressure_pa=self.pressure_sensor.read(self.line.pressure_kpa),
        )

    def begin_stroke(self) -> None:
        """A stroke begins that somebody makes pulse by pulse (`rotor.pulse`)."""
        self.strokes += 1
        self.rotor.begin_stroke(self._tube_part())

    def _tube_part(self) -> float:
        # By the pressure before the stroke: one stroke adds some kPa at most.
        return self.tube.part(self.temperature_mdegc, self.line.pressure_kpa)

    def _flow_samples(self, flows_nl_per_s: list[float]) -> list[int]:
        readings = [self.flow_raw(flow) for flow in flows_nl_per_s]
        return [raw for raw in readings if raw is not None]

    def calibrate(self, strokes: int = CALIBRATION_STROKES) -> int:
        """Mean stroke a factory balance would find for the new pump, pL; disturbs nothing."""
        return weigh_fresh_stroke_pl(self.settings.rotor, self.settings.seed, strokes)

    def sensed_stroke_pl(self, strokes: int = CALIBRATION_STROKES) -> int:
        """Mean of what the flow sensor makes of a fresh stroke, pL: a twin of this pump, run dry
        of faults beside the balance; disturbs nothing.

        15 samples of 20 ms in 0.1 uL/min: 30 of their counts are 1 nL.
        """
        twin = Plant(self.settings)
        counts = 0
        for _ in range(strokes):
            twin.advance(twin.now_ms + 2_000)
            burst = twin.stroke()
            counts += sum(sample - (burst.zero_raw or 0) for sample in burst.samples)
        return round(counts * 1_000 / 30 / strokes)

    # Comparisons

    def note_comparison(self) -> None:
        """The firmware compares the flow with its threshold now."""
        self._compared.note(self.now_ms)

    def forget_comparison(self) -> None:
        """Power goes: the time until the next comparison is not a gap."""
        self._compared.forget(self.now_ms)

    @property
    def comparisons(self) -> int:
        """Comparisons made, by whomever."""
        return self._compared.count

    @property
    def last_comparison_ms(self) -> int | None:
        """Time of the last one; None before the first and after a power-off."""
        return self._compared.last_ms

    @property
    def largest_gap_ms(self) -> int:
        """Largest time between two of them, the gap still open included."""
        return self._compared.largest_gap_ms(self.now_ms)

    # Totals since the start

    @property
    def displaced_nl(self) -> float:
        """Moved by the rotor, air not counted."""
        return self.hydraulics.displaced_nl

    @property
    def free_nl(self) -> float:
        """Free flow."""
        return self.hydraulics.free_nl

    @property
    def balance_nl(self) -> float:
        """Out of the tip: the exact value of the balance."""
        return self.line.delivered_nl

    @property
    def stored_nl(self) -> float:
        """Held by the line above what it held at the start."""
        return self.line.stored_nl

    @property
    def slipped_nl(self) -> float:
        """Back to the reservoir."""
        return self.line.slipped_nl

    def snapshot(self) -> dict[str, float]:
        """All totals and states, for a report."""
        return {
            "now_ms": self.now_ms,
            "strokes": self.strokes,
            "displaced_nl": self.displaced_nl,
            "free_nl": self.free_nl,
            "balance_nl": self.balance_nl,
            "stored_nl": self.stored_nl,
            "slipped_nl": self.slipped_nl,
            "reservoir_nl": self.reservoir.contents_nl,
            "pressure_kpa": self.line.pressure_kpa,
            "tube_strokes": self.tube.strokes,
            "temperature_mdegc": self.temperature_mdegc,
            "battery_mv": self.battery_mv,
            "comparisons": self.comparisons,
            "largest_gap_ms": self.largest_gap_ms,
        }
