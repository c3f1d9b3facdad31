"""The host's end of USB: silent without bytes, patient without a reader, DTR as the port."""

import pytest

from hil.emulated.usb import UsbHost

IN, OUT = 2, 3


class Alarm:
    def __init__(self):
        self.buffers = []


class Controller:
    """What rp2040py's controller has for a host to use."""

    def __init__(self):
        self.on_endpoint_read = self.on_endpoint_write = None
        self.endpoint_read_alarms = [Alarm()]
        self.endpoint_write_alarms = [Alarm()]
        self.done = []
        self.ready = []
        self.setups = []

    def endpoint_read_done(self, endpoint, buffer):
        self.done.append((endpoint, bytes(buffer)))

    def send_setup_packet(self, packet):
        self.setups.append(bytes(packet))

    def _indicate_buffer_ready(self, endpoint, out):
        self.ready.append((endpoint, out))


@pytest.fixture
def usb():
    host = UsbHost(Controller())
    host._in_endpoint, host._out_endpoint = IN, OUT
    host.mounted = True
    return host


def arm(usb, size=64):
    usb.usb.on_endpoint_read(OUT, size)


def send(usb, data):
    """The firmware sends a packet."""
    usb.usb._indicate_buffer_ready(IN, False)
    usb.usb.on_endpoint_write(IN, data)


def test_a_read_is_left_alone_until_there_are_bytes(usb):
    arm(usb)
    assert usb.usb.done == []
    usb.write(b"x" * 100)
    assert usb.usb.done == [(OUT, b"x" * 64)]
    assert usb.backlog == 36
    arm(usb)
    assert usb.usb.done[1] == (OUT, b"x" * 36)
    assert (usb.bytes_in, usb.backlog) == (100, 0)


def test_a_packet_that_nobody_takes_is_held_and_then_goes(usb):
    got = []
    usb.on_data = got.append
    usb.takes = lambda: False
    send(usb, b"held")
    assert usb.usb.ready == [] and got == []
    assert not usb.release()
    assert not usb.busy
    usb.takes = lambda: True
    assert usb.busy
    assert usb.release()
    assert got == [b"held"]
    assert usb.usb.ready == [(IN, False)]
    send(usb, b"next")
    assert got == [b"held", b"next"]


def test_dtr_says_whether_a_program_has_the_port_open(usb):
    usb.open_port(True)
    usb.open_port(False)
    values = [packet[2] for packet in usb.usb.setups]
    assert values == [3, 0]


def test_bytes_of_a_program_that_has_gone_are_dropped(usb):
    usb.open_port(True)
    usb.write(b"half a fra")
    usb.open_port(False)
    assert usb.backlog == 0


def test_a_reset_of_the_chip_forgets_the_host(usb):
    usb.write(b"x")
    usb.takes = lambda: False
    send(usb, b"held")
    usb._on_controller_reset()
    assert not usb.mounted
    assert (usb.backlog, usb.busy) == (0, False)
    usb.takes = lambda: True
    assert not usb.release()
