"""Starts the pump and never ends: whatever happens, motor off, a note, a reset.

An error that leaves this module would open the REPL, so nothing does. Ctrl-C is a byte like any
other from the first line on; one that came before it ends in the reset as well.
"""

import machine

board = pump = loop = None
try:
    machine.Pin(4, machine.Pin.OUT, value=1)  # pins.ENABLE_N: motor off before anything is loaded
    import micropython

    micropython.kbd_intr(-1)
    import sys

    sys.path[:] = [".frozen"]

    from pump.app import loop
    from pump.board.pico.body import PicoBoard

    board = PicoBoard()
    pump = loop.start(board)
    loop.forever(pump)
except BaseException as error:
    # Step by step, so that none keeps the next from being tried. The reset opens the enable line
    # as well, but what comes before it takes a few ms.
    try:
        if board is not None:
            board.enable(False)
    except BaseException:
        pass
    try:
        import crash

        crash.keep(crash.Storage(), crash.describe(error))
    except BaseException:
        pass
    try:
        if loop is not None and pump is not None:
            loop.crashed(pump, error)
    except BaseException:
        pass
finally:
    machine.reset()
