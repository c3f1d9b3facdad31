"""The one reader of a pump's port: frames to their callers, text to whoever wants it.

A port has a single reader, or two would steal each other's bytes. A thread
reads; `call` writes a request and waits for the reply with its request id.
"""

import errno
import logging
import os
import queue
import secrets
import threading
import time
from collections.abc import Callable
from types import TracebackType

import serial

from thecal import wire
from thecal.device.demux import Demux
from thecal.device.replies import Reply, judge
from thecal.errors import NoReply, PortGone, PortUnusable
from thecal.wire import Frame
from thecal_wire import PROTOCOL_VERSION, messages

_log = logging.getLogger(__name__)

BAUD = 115_200  # USB ignores it, a UART bridge does not
_READ_TIMEOUT_S = 0.1
_WRITE_TIMEOUT_S = 2.0
_BUSY = (errno.EWOULDBLOCK, errno.EBUSY)
_BULK_SILENCE_S = 1.0  # a block that pauses for this long will not be finished


class Link:
    """An open port with its reader thread; `close` it, or use it in a `with`.

    `port` is a path or an `rfc2217://host:port` URL. `on_text` gets the payload
    of each TEXT frame, in the reader's thread: it must not raise or `call`.
    Raises PortUnusable if the port cannot be opened or another program holds it.
    """

    def __init__(self, port: str, on_text: Callable[[bytes], object] | None = None) -> None:
        self.port = port
        self._serial = _open(port)
        self._on_text = on_text
        self._demux = Demux()
        self._lock = threading.Lock()  # of _pending, _gone and _request
        self._write_lock = threading.Lock()
        self._pending: dict[int, queue.SimpleQueue[Reply | None]] = {}
        self._gone: str | None = None
        # A random start, so that a late reply to an earlier client is not taken for ours.
        self._request = secrets.randbelow(0xFFFF)
        self.replies_unclaimed = 0
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, name=f"link {port}", daemon=True)
        self._reader.start()

    @property
    def frames_dropped(self) -> int:
        """Damaged frames received so far."""
        return self._demux.frames_dropped

    def call(self, kind: int, payload: bytes = b"", timeout_s: float = 5.0) -> Reply:
        """Send one request and return its reply: a Frame, or a Bulk whose CRC holds.

        Raises DeviceRefused for an ERROR reply, NoReply after `timeout_s`,
        PortGone, DamagedReply for a block with a wrong CRC, ProtocolMismatch for
        a reply of another version or type. Nothing is ever sent twice.
        """
        name = wire.command_name(kind)
        request, replies = self._register()
        try:
            # The zero ends whatever another program left half way in the port: a STOP that
            # comes first must not go down with it.
            self._write(b"\0" + wire.encode_frame(kind, request, payload), name)
            reply = replies.get(timeout=timeout_s)
        except queue.Empty:
            raise NoReply(self.port, name, timeout_s) from None
        finally:
            with self._lock:
                del self._pending[request]
        if reply is None:
            raise PortGone(self.port, self._gone or "closed", sent=True)
        return judge(self.port, kind, reply, payload)

    def write_raw(self, data: bytes) -> None:
        """Write bytes as they are; for tests of the pump's own parser."""
        self._write(data, "raw bytes")

    def close(self) -> None:
        """End the reader and release the port; calls that wait raise PortGone."""
        self._closing.set()
        # Only a local port can be woken; the reader of a URL ends with its time-out.
        wake = getattr(self._serial, "cancel_read", None)
        if wake is not None and self._serial.is_open:
            wake()
        self._reader.join()
        self._serial.close()

    def __enter__(self) -> "Link":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _register(self) -> tuple[int, queue.SimpleQueue[Reply | None]]:
        with self._lock:
            if self._gone is not None:
                raise PortGone(self.port, self._gone, sent=False)
            self._request = self._request % 0xFFFF + 1  # 1 to 65,535: TEXT frames carry 0
            replies: queue.SimpleQueue[Reply | None] = queue.SimpleQueue()
            self._pending[self._request] = replies
            return self._request, replies

    def _write(self, data: bytes, name: str) -> None:
        try:
            with self._write_lock:
                self._serial.write(data)
        except serial.SerialTimeoutException as error:
            raise NoReply(self.port, name, _WRITE_TIMEOUT_S) from error
        except OSError as error:
            raise PortGone(self.port, str(error), sent=True) from error

    # --- the reader's thread -------------------------------------------------
    def _read(self) -> None:
        reason = "closed"
        heard = time.monotonic()
        try:
            while not self._closing.is_set():
                data = self._serial.read(1)
                now = time.monotonic()
                if data:
                    heard = now
                    data += self._serial.read(self._serial.in_waiting)
                    self._deliver(self._demux.feed(data))
                elif self._demux.in_bulk and now - heard > _BULK_SILENCE_S:
                    self._deliver(self._demux.abandon_bulk())
        except OSError as error:  # pyserial's errors are OSErrors
            reason = str(error)
        finally:
            # Also after an error of ours: nobody may wait for a reader that ended.
            self._end(reason)

    def _end(self, reason: str) -> None:
        with self._lock:
            self._gone = reason
            for replies in self._pending.values():
                replies.put(None)

    def _deliver(self, items: list[Reply]) -> None:
        for item in items:
            if isinstance(item, Frame) and item.version != PROTOCOL_VERSION:
                # Its other fields may mean something else, so everyone is told.
                self._answer_all(item)
            elif isinstance(item, Frame) and item.kind == messages.TEXT:
                if self._on_text is not None:
                    self._on_text(item.payload)
            else:
                self._answer(item)

    def _answer(self, reply: Reply) -> None:
        with self._lock:
            replies = self._pending.get(reply.request)
            if replies is None:
                self.replies_unclaimed += 1
                _log.info("%s: a reply came for request %d, late", self.port, reply.request)
            else:
                replies.put(reply)

    def _answer_all(self, reply: Reply) -> None:
        with self._lock:
            for replies in self._pending.values():
                replies.put(reply)


def _open(port: str) -> serial.Serial:
    try:
        return serial.serial_for_url(
            port,
            baudrate=BAUD,
            timeout=_READ_TIMEOUT_S,
            # pyserial's rfc2217 client refuses one; there the socket decides.
            write_timeout=None if "://" in port else _WRITE_TIMEOUT_S,
            exclusive=True,
        )
    except serial.SerialException as error:
        number = error.errno or 0  # pyserial gives none for a URL
        reason = os.strerror(number) if number else str(error)
        if number in _BUSY:
            reason, advice = "another program uses it", "close that one first"
        elif number == errno.EACCES:
            advice = "join the group that owns it, often dialout"
        else:
            advice = "see `thecal ports`"
        raise PortUnusable(port, reason, advice, busy=number in _BUSY) from error
    except ValueError as error:  # pyserial's answer to a URL scheme it does not know
        raise PortUnusable(port, str(error), "use a path or rfc2217://", busy=False) from error
