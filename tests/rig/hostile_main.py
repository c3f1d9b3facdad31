"""The firmware with a therapy that asks for everything at every instant."""

import sys

sys.path.insert(0, sys.argv[0].rsplit("/", 3)[0] + "/firmware")

from pump.app import bolus, loop
from pump.board.virtual.body import VirtualBoard
from pump.core.flow import FlowControl
from pump.core.therapy import Therapy


def _advance(self, tick):
    FlowControl.advance(self.flow, tick)
    self.flow.pending = 1


def _next_due_ms(self, tick):
    return 0


Therapy.advance = _advance
Therapy.next_due_ms = _next_due_ms
Therapy.limit_rate = lambda self, tick, rate: None

_turn = loop.turn
_turns = 0


def _greedy_turn(pump, wake):
    global _turns
    _turns += 1
    if pump.guard is not None and _turns % 7 == 0:
        bolus.press(pump)
    _turn(pump, wake)


loop.turn = _greedy_turn
loop.run(VirtualBoard())
