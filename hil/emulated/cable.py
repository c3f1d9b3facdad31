"""The cable between the pump's USB and the pty that a host program opens."""

from hil.emulated.usb import UsbHost
from hil.rigs.host_port import HostPort

_MOST_BACKLOG_BYTES = 4096  # that wait for the firmware; the rest stays in the pty


class Cable:
    """Moves bytes both ways, as far as they go at the instant of a call.

    `owes_answer`: a host has sent something, or opened or closed the port, since the
    firmware was last quiescent.
    """

    def __init__(self, port: HostPort) -> None:
        self.port = port
        self.owes_answer = False
        self._usb: UsbHost | None = None
        self._unsent = bytearray()
        port.on_connect = self._port_opened

    def plug(self, usb: UsbHost) -> None:
        """The pump has power."""
        self._usb = usb
        usb.takes = self._host_takes
        usb.on_data = self._to_host
        usb.open_port(self.port.connected)

    def unplug(self) -> None:
        """The pump has lost power, and with it what it had still to send."""
        self._usb = None
        self._unsent.clear()

    def serve(self) -> None:
        """Move what can move now."""
        self.port.service()
        usb = self._usb
        if usb is None:
            return
        if self._unsent:
            del self._unsent[: self.port.write(bytes(self._unsent))]
        if self.input_can_go_in():
            usb.write(self.port.read(_MOST_BACKLOG_BYTES))
            self.owes_answer = True
        if usb.release():
            self.owes_answer = True

    def input_can_go_in(self) -> bool:
        """True if the host has sent something that the next `serve` hands over."""
        usb = self._usb
        return (usb is not None and usb.mounted and usb.backlog < _MOST_BACKLOG_BYTES
                and self.port.pending())

    @property
    def busy(self) -> bool:
        """True while bytes are under way that can go on."""
        usb = self._usb
        return bool(self._unsent) or self.input_can_go_in() or (usb is not None and usb.busy)

    def _host_takes(self) -> bool:
        return self.port.connected and not self.port.stalled and not self._unsent

    def _to_host(self, data: bytes) -> None:
        self._unsent += data
        del self._unsent[: self.port.write(bytes(self._unsent))]

    def _port_opened(self, opened: bool) -> None:
        if self._usb is not None:
            self._usb.open_port(opened)
            self.owes_answer = True
