"""Line pressure and battery on the ADC. [RP2040] section 4.9

Pressure: a bridge amplifier of 0.5 V at 0 kPa and 4.5 V at 200 kPa, divided by
10k/16k5 to 0.311 ... 2.80 V. Below 0.25 V or above 2.9 V the sensor or its wire is
broken: no reading.

Battery: half of its voltage. Under 0.5 V there is none, or its wire is broken, since a
pump that runs from it has more: no reading.
"""

from machine import ADC, Pin

from pump.board.pico import pins

# In counts of read_u16, 65535 = 3.3 V.
_PRESSURE_ZERO = 6_183  # 0.3113 V
_PRESSURE_SPAN = 49_460  # 2.4906 V more at 200 kPa
_PRESSURE_FULL_PA = 200_000
_BROKEN_LOW = 4_965
_BROKEN_HIGH = 57_591
_BATTERY_FULL_MV = 6_600  # 65535 x 6,600 stays below 2^30
_NO_BATTERY_MV = 500
_SAMPLES = 4


class Analog:
    """Readings averaged over four samples."""

    def __init__(self):
        self._pressure = ADC(Pin(pins.PRESSURE_ADC))
        self._battery = ADC(Pin(pins.BATTERY_ADC))

    def pressure_pa(self):
        """Gauge pressure in the line, None if the sensor is broken."""
        counts = self._mean(self._pressure)
        if counts < _BROKEN_LOW or counts > _BROKEN_HIGH:
            return None
        # counts x 20,000 stays below 2^30, x 200,000 would not: steps of 10 Pa.
        return (counts - _PRESSURE_ZERO) * 20_000 // _PRESSURE_SPAN * (_PRESSURE_FULL_PA // 20_000)

    def battery_mv(self):
        """Battery voltage through the 1:1 divider, None if there is no battery."""
        mv = self._mean(self._battery) * _BATTERY_FULL_MV // 65_535
        return None if mv < _NO_BATTERY_MV else mv

    def _mean(self, adc):
        total = 0
        for _ in range(_SAMPLES):
            total += adc.read_u16()
        return total // _SAMPLES
