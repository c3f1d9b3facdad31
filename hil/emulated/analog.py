"""What the ADC sees on GP26 (line pressure) and GP27 (battery), at each conversion.

Pressure: 0.3113 V at 0 kPa and 2.4906 V more at 200 kPa, the bridge amplifier behind
its divider. Battery: half of its voltage. 4096 steps of 3.3 V.
"""

from collections.abc import Callable
from typing import Any

PRESSURE, BATTERY, TEMPERATURE = 0, 1, 4
FULL_MV = 3_300.0
FULL_COUNTS = 4_095
STUCK_LOW, STUCK_HIGH = 0, FULL_COUNTS
ZERO_PRESSURE_MV = 311.3
SPAN_MV = 2_490.6
SPAN_PA = 200_000
ROOM_MV = 706.0  # of the chip's own sensor at 27 degrees C


class Analog:
    """The inputs of one board; fault: `stuck`, counts by channel."""

    def __init__(self, pressure_pa: Callable[[], int], battery_mv: Callable[[], float]) -> None:
        self._millivolts = {
            PRESSURE: lambda: ZERO_PRESSURE_MV + pressure_pa() * SPAN_MV / SPAN_PA,
            BATTERY: lambda: battery_mv() / 2,
            TEMPERATURE: lambda: ROOM_MV,
        }
        self.stuck: dict[int, int] = {}
        self.conversions = 0

    def counts(self, channel: int) -> int:
        """What a conversion now gives, 0..4095."""
        if channel in self.stuck:
            return self.stuck[channel]
        millivolts = self._millivolts.get(channel, lambda: 0.0)()
        return min(max(round(millivolts * FULL_COUNTS / FULL_MV), 0), FULL_COUNTS)

    def attach(self, adc: Any) -> None:
        """Answer this converter; its 2 us stay."""
        stock = adc.on_adc_read

        def read(channel: int) -> None:
            self.conversions += 1
            adc.channel_values[channel] = self.counts(channel)
            stock(channel)

        adc.on_adc_read = read
