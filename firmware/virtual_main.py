"""Starts the firmware on the virtual body; the rig runs this on MicroPython's unix port."""

import sys

sys.path.insert(0, sys.argv[0].rsplit("/", 1)[0])

from pump.app.loop import run
from pump.board.virtual.body import VirtualBoard

board = VirtualBoard()
try:
    run(board)
except Exception as error:
    # Nothing may run on after an error nobody foresaw: motor off, say so, be reset.
    board.enable(False)
    board.trace("crash: %s: %s" % (type(error).__name__, error))
    sys.print_exception(error, sys.stderr)
    sys.exit(1)
