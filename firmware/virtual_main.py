"""Starts the firmware on the virtual body; the rig runs this on MicroPython's unix port."""

import sys

sys.path.insert(0, sys.argv[0].rsplit("/", 1)[0])

from pump.app import loop
from pump.board.virtual.body import VirtualBoard

board = VirtualBoard()
pump = None
try:
    pump = loop.start(board)
    loop.forever(pump)
except Exception as error:
    # Nothing may run on after an error nobody foresaw: motor off, say so, be reset.
    board.enable(False)
    board.trace("crash: %s: %s" % (type(error).__name__, error))
    sys.print_exception(error, sys.stderr)
    if pump is not None:
        loop.crashed(pump, error)
    sys.exit(1)
