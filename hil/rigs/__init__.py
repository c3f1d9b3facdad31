"""Rigs: what a pump is put on to be used, hurt and measured from outside.

    interface.py        what every rig offers, and its capabilities
    virtual_rig.py      the firmware on MicroPython's unix port and the simulated plant
    virtual.py          the command that runs one until Ctrl-C (`thecal virtual`)
    console.py          what a person may type to it
    engine.py           serves the firmware's hal calls in virtual time
    services.py         what each hal call does to plant, flash, port and clocks
    firmware_process.py the MicroPython process behind the pipe
    flash.py            the NOR flash as the rig owns it
    host_port.py        the pty that stands for the USB port
    recording.py        the flight recording, and its replay
    factory.py          calibrates and fills a new virtual pump
"""
