"""Builds the RP2040 image: `make firmware` -> build/thecal-pico.uf2 (DEV=1: thecal-pico-dev.uf2).

    build.py       the steps in order; what `make firmware` runs
    toolchain.py   the compiler: found, installed where that is possible, or what to type
    sources.py     MicroPython and what it stands on: which versions, checked by hash
    apt.py         asks Debian's archive for them without touching the system's apt
    stage.py       the frozen Python: which modules, and which build they say they are
    compile.py     mpy-cross, cmake, UF2
    layout.py      who owns which part of the flash, and the check that code stays out of storage
    steps.py       what the steps share: say, run, stop

    THECAL_PICO/   the board definition
    frozen/        what runs first on the device: release/ or development/

Everything lands in build/image, in three layers: what was downloaded, the sources with their
compiled objects, the image. Each is made again only when something that it is made from changed.
Nothing here runs on the device but frozen/, and nothing here imports the firmware.
"""
