"""A pump on a rig for each test, its client, and pytest-embedded's `dut` on the same port.

RIG=virtual (the default) or RIG=emulated chooses the rig; the tests are the same.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hil.plant import PlantSettings
from hil.rigs import factory
from hil.rigs.virtual_rig import VirtualRig
from tests.rig.pumps import EXAMPLE
from thecal.device.client import PumpClient
from thecal.device.link import Link
from thecal.prescribing.file import read_prescription

RIG = os.environ.get("RIG", "virtual")
MakeRig = Callable[..., VirtualRig]


def rig_class() -> Callable[..., VirtualRig]:
    """The rig that RIG names; the emulator is loaded only for its own."""
    if RIG == "virtual":
        return VirtualRig
    if RIG == "emulated":
        from hil.rigs.emulated_rig import EmulatedRig

        return EmulatedRig  # type: ignore[return-value]
    raise pytest.UsageError(f"RIG={RIG}: there is virtual and emulated")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        only = item.get_closest_marker("virtual_only")
        if only is not None and RIG != "virtual":
            item.add_marker(pytest.mark.skip(reason=f"RIG={RIG}: {only.args[0]}"))


@pytest.fixture(scope="session")
def factory_image(micropython: list[str]) -> bytes:
    """Flash of a new pump: calibrated and filled, not prescribed."""
    with rig_class()(PlantSettings(seed=1)) as rig:
        rig.power_on()
        factory.prepare(rig)
        rig.power_off()
        return bytes(rig.hardware.flash.image)


@pytest.fixture
def make_rig(micropython: list[str]) -> Iterator[MakeRig]:
    """Makes rigs that end with the test; keyword arguments as of VirtualRig."""
    rigs: list[VirtualRig] = []

    def make(**options: object) -> VirtualRig:
        rigs.append(rig_class()(**options))  # type: ignore[arg-type]
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.close()


@pytest.fixture
def rig(make_rig: MakeRig, factory_image: bytes) -> VirtualRig:
    """A powered pump, new from the factory."""
    made = make_rig(settings=PlantSettings(seed=1), flash_image=factory_image)
    made.power_on()
    return made


@pytest.fixture
def link(rig: VirtualRig, msg_queue) -> Iterator[Link]:
    """The only reader of the port; text goes to the queue that `dut` expects from."""
    with Link(rig.port, msg_queue.put) as opened:
        yield opened


@pytest.fixture
def client(link: Link) -> PumpClient:
    return PumpClient(link, timeout_s=30)


@pytest.fixture
def running(client: PumpClient) -> PumpClient:
    """The client of a pump that runs the example prescription."""
    client.prescribe(read_prescription(EXAMPLE).to_bytes())
    client.start()
    return client


@pytest.fixture
def pump(dut, running: PumpClient):
    """pytest-embedded's dut, with the client of the running pump as `dut.client`."""
    dut.client = running
    return dut


@pytest.fixture
def example() -> Path:
    return EXAMPLE
