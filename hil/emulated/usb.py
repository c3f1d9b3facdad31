"""The host's end of the USB cable: enumeration, the two bulk pipes, and DTR.

rp2040py's own host answers every read that the firmware arms with an empty packet after
10 us, which wakes the processor 36,000 times a second. A real host leaves a pipe alone
until it has bytes (it is "NAKed"), and so does this one. In the other direction a host
whose program does not read leaves the packet where it is: the firmware learns that its
packet has gone only when the program takes bytes again.

USB's own transfer times are not modelled: a packet takes 10 us.
"""

from collections.abc import Callable
from typing import Any

from rp2040py.usb.cdc import USBCDC

PACKET_BYTES = 64
_DTR_AND_RTS = 3


class UsbHost(USBCDC):
    """A host; `takes` says whether a program reads the port, `on_data` gets what it reads."""

    def __init__(self, controller: Any) -> None:
        super().__init__(controller)
        self.takes: Callable[[], bool] = lambda: True
        self.on_data: Callable[[bytes], None] = lambda data: None
        self.port_open = False
        self.mounted = False
        self.bytes_in = 0  # to the firmware
        self.bytes_out = 0  # from the firmware
        self._armed_bytes: int | None = None
        self._to_firmware = bytearray()
        self._held = False  # a packet of the firmware that nobody takes
        self._kept: list[bytes] = []
        self.on_serial_data = self._received
        self.on_device_connected = self._connected
        self._stock_read = controller.on_endpoint_read
        self._stock_ready: Callable[[int, bool], None] = controller._indicate_buffer_ready
        controller.on_endpoint_read = self._read
        controller._indicate_buffer_ready = self._ready

    def open_port(self, opened: bool) -> None:
        """A program opens or closes the port: DTR follows."""
        self.port_open = opened
        if not opened:
            self._to_firmware.clear()
        if self.mounted:
            self._cdc_set_control_line_state()

    def write(self, data: bytes) -> None:
        """Send bytes as soon as the firmware reads."""
        self._to_firmware += data
        self._pump()

    @property
    def busy(self) -> bool:
        """True while bytes are under way in either direction and can go on."""
        alarms = (*self.usb.endpoint_read_alarms, *self.usb.endpoint_write_alarms)
        on_the_wire = any(alarm.buffers for alarm in alarms)
        waiting = self._to_firmware and self.mounted
        return bool(on_the_wire or waiting or (self._held and self.takes()))

    @property
    def backlog(self) -> int:
        """Bytes that the firmware has not yet taken."""
        return len(self._to_firmware)

    def release(self) -> bool:
        """Let a held packet go if somebody takes bytes again; True if one went."""
        if not self._held or not self.takes():
            return False
        self._held = False
        for data in self._kept:
            self.on_data(data)
        self._kept.clear()
        self._stock_ready(self._in_endpoint, False)
        return True

    # --- hooks ----------------------------------------------------------------

    def _cdc_set_control_line_state(self, value: int | None = None,
                                    interface_number: int | None = None) -> None:
        del value  # DTR and RTS say whether a program has the port open
        super()._cdc_set_control_line_state(_DTR_AND_RTS if self.port_open else 0,
                                            interface_number)

    def _connected(self) -> None:
        self.mounted = True

    def _read(self, endpoint: int, size: int) -> None:
        if endpoint == self._out_endpoint and endpoint > 0:
            self._armed_bytes = size
            self._pump()
        else:
            self._stock_read(endpoint, size)

    def _pump(self) -> None:
        if self._armed_bytes is None or not self._to_firmware:
            return
        count = min(self._armed_bytes, len(self._to_firmware))
        packet = bytes(self._to_firmware[:count])
        del self._to_firmware[:count]
        self._armed_bytes = None
        self.bytes_in += count
        self.usb.endpoint_read_done(self._out_endpoint, packet)

    def _ready(self, endpoint: int, out: bool) -> None:
        if endpoint == self._in_endpoint and endpoint > 0 and not out and not self.takes():
            self._held = True
            return
        self._stock_ready(endpoint, out)

    def _received(self, buffer: bytes | bytearray) -> None:
        self.bytes_out += len(buffer)
        if self._held:
            self._kept.append(bytes(buffer))
        else:
            self.on_data(bytes(buffer))

    def _on_controller_reset(self) -> None:
        super()._on_controller_reset()
        self.mounted = False
        self._armed_bytes = None
        self._to_firmware.clear()
        self._held = False
        self._kept.clear()
