"""Writes the event log, stamped with both clocks, and tells the trace."""

from pump.link.session import trace_line
from thecal_wire import events

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Journal:
    """The event log as the other parts use it; `failed` is set when flash refused a record."""

    def __init__(self, log, board, clock, state):
        self._log = log
        self._board = board
        self._clock = clock
        self._state = state
        self.session: Any = None  # set once the link stands
        self.failed = False
        self.strokes = 0  # since the last DELIVERED record
        self.measured_nl = 0
        self.since_s = clock.s

    def write(self, kind, *values):
        """Append one event."""
        wall_s = self._board.wall_get()
        if not self._log.append(self._state.boot, kind, self._clock, wall_s, values):
            self.failed = True
        if self.session is not None:
            self.session.text(trace_line(self._clock, kind, values))

    def stroke(self, measured_nl):
        """Count one stroke towards the next DELIVERED record."""
        self.strokes += 1
        self.measured_nl += measured_nl

    def delivery(self, flow, loss_reason):
        """Write what was delivered, ordered and lost since the last time (SR11, SR76)."""
        now_s = self._clock.s
        if self.strokes or flow.ordered_nl:
            self.write(events.DELIVERED, min(self.strokes, 0xFFFF), self.measured_nl,
                       flow.ordered_nl)
        if flow.lost_nl:
            self.write(events.NOT_DELIVERED, flow.lost_nl, loss_reason, now_s - self.since_s)
        self.strokes = self.measured_nl = 0
        flow.ordered_nl = flow.lost_nl = 0
        self.since_s = now_s
