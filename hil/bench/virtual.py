"""How fast a day passes on the virtual pump."""

import time
from collections.abc import Iterator

from hil.bench.figures import Figure
from hil.plant import PlantSettings
from hil.rigs import factory
from hil.rigs.virtual_rig import VirtualRig
from thecal.device.client import PumpClient
from thecal.device.link import Link
from thecal.prescribing.file import read_prescription

PRESCRIPTION = "docs/examples/morphine.toml"
DAY_S = 86_400


def figures() -> Iterator[Figure]:
    """A day of the example prescription."""
    with VirtualRig(PlantSettings(seed=7)) as rig:
        rig.power_on()
        factory.prepare(rig)
        with Link(rig.port) as link:
            client = PumpClient(link)
            client.prescribe(read_prescription(PRESCRIPTION).to_bytes())
            client.start()
        began = time.monotonic()
        rig.advance(DAY_S)
        wall_s = time.monotonic() - began
        gap_s = rig.plant.largest_gap_ms / 1000
    yield Figure("virtual.speed", "a day against the wall clock", DAY_S / wall_s, "x", 2_500, False)
    yield Figure("virtual.guard_gap_s", "largest time between two looks for free flow", gap_s, "s",
                 1.0)
