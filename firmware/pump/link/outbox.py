"""What waits to be sent; a slow or absent host never delays a control step.

One write a turn. Text is dropped while much is waiting; everything is dropped
once the host has not drained for a while.
"""

from pump.core.clock import elapsed_ms

TEXT_ROOM_BYTES = 2_048
WRITE_BYTES = 1_024
GIVE_UP_MS = 5_000
RETRY_FIRST_MS, RETRY_LAST_MS = 10, 1_000


class Outbox:
    """A queue of byte strings on their way to the host."""

    def __init__(self):
        self._queue = []
        self._bytes = 0
        self._stuck_since = None
        self._retry_ms = RETRY_FIRST_MS
        self.dropped = 0  # bytes given up

    def put(self, data):
        """Queue a reply."""
        self._queue.append(memoryview(data))
        self._bytes += len(data)

    def has_room_for_text(self):
        """False while text must not be queued."""
        return self._bytes < TEXT_ROOM_BYTES

    def empty(self):
        """True if nothing waits."""
        return not self._queue

    def retry_ms(self):
        """Time until the next write is worth trying; None if nothing waits."""
        return self._retry_ms if self._queue else None

    def write_some(self, board, tick):
        """Offer the board one piece."""
        if not self._queue:
            return
        head = self._queue[0]
        taken = board.usb_write(head[:WRITE_BYTES])
        if taken:
            self._bytes -= taken
            self._stuck_since = None
            self._retry_ms = 0
            if taken == len(head):
                self._queue.pop(0)
            else:
                self._queue[0] = head[taken:]
            return
        if self._stuck_since is None:
            self._stuck_since = tick
            self._retry_ms = RETRY_FIRST_MS
        elif elapsed_ms(tick, self._stuck_since) > GIVE_UP_MS:
            self.dropped += self._bytes
            self._queue = []
            self._bytes = 0
            self._stuck_since = None
        else:
            self._retry_ms = min(2 * self._retry_ms + RETRY_FIRST_MS, RETRY_LAST_MS)
