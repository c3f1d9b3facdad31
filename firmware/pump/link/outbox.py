"""What waits to be sent; a slow or absent host never delays a control step.

A turn sends TURN_BYTES or a piece more, some 10 ms on the Pico, or
IDLE_TURN_BYTES while nothing is due. It ends with the first write that does not
go whole: the board takes 20 ms at most for one, however slow the host is. Text
is dropped while much is waiting; everything is dropped once the host has not
drained for a while.
"""

from pump.core.clock import elapsed_ms

TEXT_ROOM_BYTES = 2_048
TURN_BYTES = 4_096
IDLE_TURN_BYTES = 65_536
GIVE_UP_MS = 5_000
RETRY_FIRST_MS, RETRY_LAST_MS = 10, 1_000


class Outbox:
    """A queue of byte strings on their way to the host."""

    def __init__(self):
        self._queue = []
        self._sent = 0  # bytes of the queue's head that have gone
        self._bytes = 0
        self._stuck_since = None
        self._retry_ms = RETRY_FIRST_MS
        self.dropped = 0  # bytes given up

    def put(self, data):
        """Queue a reply."""
        self._queue.append(data)
        self._bytes += len(data)

    def put_stream(self, stream):
        """Queue a long answer that is read piece by piece (`piece()`, None at its end)."""
        self._queue.append(stream)

    def has_room_for_text(self):
        """False while text must not be queued."""
        return self._bytes < TEXT_ROOM_BYTES

    def empty(self):
        """True if nothing waits."""
        return not self._queue

    def retry_ms(self):
        """Time until the next write is worth trying; None if nothing waits."""
        return self._retry_ms if self._queue else None

    def write_some(self, board, tick, most=TURN_BYTES):
        """Send what the port takes now, `most` bytes or so: the piece that is begun is ended."""
        sent = 0
        whole = True
        while whole and sent < most and self._head():
            taken = board.usb_write(self._queue[0], self._sent)
            whole = self._take(taken)
            sent += taken
        self._head()  # a stream that has come to its end goes now, not in a turn of its own
        if sent:
            self._stuck_since = None
            self._retry_ms = 0
        elif self._queue:
            self._wait(tick)

    def _head(self):
        """Make sure that bytes stand at the head of the queue; False if it is empty."""
        while self._queue and hasattr(self._queue[0], "piece"):
            piece = self._queue[0].piece()
            if piece is None:
                self._queue.pop(0)
            else:
                self._queue.insert(0, piece)
                self._bytes += len(piece)
        return bool(self._queue)

    def _take(self, taken):
        """So much of the head has gone; True if that was all of it."""
        self._bytes -= taken
        self._sent += taken
        if self._sent < len(self._queue[0]):
            return False
        self._queue.pop(0)
        self._sent = 0
        return True

    def _wait(self, tick):
        """The port takes nothing: try again later, and give up in the end."""
        if self._stuck_since is None:
            self._stuck_since = tick
            self._retry_ms = RETRY_FIRST_MS
        elif elapsed_ms(tick, self._stuck_since) > GIVE_UP_MS:
            self.dropped += self._bytes
            self._queue = []
            self._sent = self._bytes = 0
            self._stuck_since = None
        else:
            self._retry_ms = min(2 * self._retry_ms + RETRY_FIRST_MS, RETRY_LAST_MS)
