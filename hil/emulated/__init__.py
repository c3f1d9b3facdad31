"""An RP2040 that is emulated (rp2040py), with the plant on its pins: no board needed.

Everything runs in one thread and in simulated time; the same inputs at the same
instants give the same outputs, to the bit.

    uf2.py        a UF2 image as bytes of flash
    processor.py  the RP2040: runs to an exact time, stalls, resets
    divider.py    the hardware divider, which MicroPython uses all the time
    pio.py        PIO paced by the clock, so that the processor may sleep meanwhile
    usb.py        the host's end of the USB cable: quiet when there is nothing to say
    cable.py      from there to the pty that a host program opens
    flash.py      the flash chip: its times, its bad pages, power cuts in its operations
    i2c.py        a bus with the time that each byte takes, and what can go wrong on it
    sensors.py    SLF3S-0600F and AS5600 on that bus
    rtc.py        DS3231
    analog.py     the ADC's inputs
    sounder.py    tones, from the PWM's registers
    oscillator.py random bits of the ring oscillator
    meter.py      where the processor's time goes, and when it first gets where
    symbols.py    names and addresses of an image
    heap.py       what MicroPython's heap is asked for, counted by breakpoints
    figures.py    the figures that a bench quotes of it
    quicken.py    compiles the emulator for this Python: twice as fast
    hardware.py   what is around the processor and outlives its power cycles
    board.py      one life of the board, from power-on to power-off
    engine.py     events, power and the port in simulated time
"""
