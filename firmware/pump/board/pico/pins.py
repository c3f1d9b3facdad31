"""Which pin does what (docs/bench-board.md has the drawing).

The encoder has an I2C bus of its own: a bus that hangs takes one of the two
witnesses of a stroke, never both.
"""

STEP = 2  # to the driver's STEP; PIO
DIRECTION = 3  # to DIR; set once at start and never again: the pump has one direction
ENABLE_N = 4  # to the driver's enable input, low = motor on; a 10 k pull-up keeps it off at reset
BUTTON_N = 5  # patient's button to ground, low = down
SOUNDER = 6  # piezo, PWM
LIGHT = 7  # alarm LED

SENSOR_SDA, SENSOR_SCL = 8, 9  # I2C0: flow sensor, clock
ENCODER_SDA, ENCODER_SCL = 10, 11  # I2C1: rotor encoder

PRESSURE_ADC = 26  # line pressure, 0.5 to 4.5 V bridge amplifier through 10k/16k5
BATTERY_ADC = 27  # battery through 100k/100k
