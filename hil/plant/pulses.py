"""The plant stepped pulse by pulse, as a motor driver does, in time that goes by the us.

A pulse turns the rotor by a hundredth of a stroke over the next 2.5 ms, so that
pulses at the usual 400 Hz make an even flow. The flow sensor answers with the mean
of the last 20 ms, as one sample of `Plant.stroke` does.
"""

from collections import deque

from hil.plant.plant import US_PER_S, Plant

TURN_US = 2_500  # the time in which the rotor makes the motion of one pulse
STROKE_ENDS_US = 50_000  # with no pulse for so long
WINDOW_US = 20_000  # over which the flow sensor averages


class PulseDrive:
    """Steps a plant's rotor; `stroke_times_ms` has the first pulse of each stroke.

    `pulses` counts all of them, `stroke_pulses` those of each stroke.
    """

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self.pulses = 0
        self.stroke_times_ms: list[int] = []
        self.stroke_pulses: list[int] = []
        self._last_pulse_us: int | None = None
        self._turning_until_us = 0
        self._nl_per_us = 0.0
        self._seen: deque[tuple[int, float]] = deque([(plant.now_us, 0.0)])

    def advance_us(self, to_us: int) -> None:
        """Let time pass; the rotor ends what the last pulse began."""
        plant = self._plant
        if plant.now_us < self._turning_until_us:
            stop_us = min(to_us, self._turning_until_us)
            if stop_us > plant.now_us:
                plant.push_until_us(stop_us, self._nl_per_us * (stop_us - plant.now_us))
                self._note()
        if to_us > plant.now_us:
            plant.rest_until_us(to_us)
            self._note()

    def pulse(self, at_us: int) -> None:
        """One pulse with the motor on; a pulse that comes early cuts the last motion short."""
        self.advance_us(at_us)
        plant = self._plant
        left_nl = self._nl_per_us * max(0, self._turning_until_us - at_us)
        if self._last_pulse_us is None or at_us - self._last_pulse_us > STROKE_ENDS_US:
            plant.begin_stroke()
            self.stroke_times_ms.append(plant.now_ms)
            self.stroke_pulses.append(0)
        self._last_pulse_us = at_us
        self.pulses += 1
        self.stroke_pulses[-1] += 1
        self._nl_per_us = (left_nl + plant.rotor.pulse()) / TURN_US
        self._turning_until_us = at_us + TURN_US

    def flow_raw(self) -> int | None:
        """What the flow sensor answers now, counts of 0.1 uL/min; None from a dead sensor."""
        return self._plant.flow_raw(self._mean_nl_per_s())

    def _mean_nl_per_s(self) -> float:
        """Mean flow through the sensor over its window, nL/s."""
        plant = self._plant
        now_us, now_nl = plant.now_us, plant.hydraulics.sensed_nl
        from_us = now_us - WINDOW_US
        if self._turning_until_us <= from_us:
            return plant.hydraulics.still_nl_per_s
        earlier = self._seen[0]
        for later in self._seen:
            if later[0] >= from_us:
                break
            earlier = later
        else:
            later = (now_us, now_nl)
        span_us = later[0] - earlier[0]
        part = (from_us - earlier[0]) / span_us if span_us > 0 else 0.0
        began_nl = earlier[1] + max(0.0, part) * (later[1] - earlier[1])
        return (now_nl - began_nl) * US_PER_S / WINDOW_US

    def _note(self) -> None:
        plant, seen = self._plant, self._seen
        seen.append((plant.now_us, plant.hydraulics.sensed_nl))
        while len(seen) > 2 and seen[1][0] < plant.now_us - WINDOW_US:
            seen.popleft()
