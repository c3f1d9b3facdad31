"""The Pico's body: drivers for the parts of a bench board, and nothing that decides.

    pins.py         which pin does what, in one place
    step_gate.py    strokes by PIO, with the least time between them in hardware
    i2c.py          one bus with time-outs; a failure is None, never an exception
    encoder.py      AS5600 on the rotor
    flow_sensor.py  Sensirion SLF3S-0600F in the line
    analog.py       line pressure and battery
    rtc.py          DS3231
    people.py       button, sounder, light
    flash.py        the storage area as raw blocks
    usb.py          binary bytes on the USB port
    watchdog.py     the watchdog, and the words that survive its reset
    body.py         all of them as one hal.Board
"""
