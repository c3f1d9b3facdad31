"""The firmware with a therapy that asks for everything at every instant."""

import sys

sys.path.insert(0, sys.argv[0].rsplit("/", 3)[0] + "/firmware")

from pump.app import loop, press
from pump.board.virtual.body import VirtualBoard
from pump.core.flow import FlowControl
from pump.core.therapy import Therapy


def _advance(self, clock):
    FlowControl.advance(self.flow, clock.tick)
    self.flow.pending = 1


def _next_due_ms(self, clock):
    return 0


Therapy.advance = _advance
Therapy.next_due_ms = _next_due_ms
Therapy.limit_rate = lambda self, clock, rate: None

_turn = loop.turn
_turns = 0


def _greedy_turn(pump, wake):
    global _turns
    _turns += 1
    if pump.guard is not None and _turns % 7 == 0:
        press.press(pump)
    _turn(pump, wake)


loop.turn = _greedy_turn
loop.run(VirtualBoard())
