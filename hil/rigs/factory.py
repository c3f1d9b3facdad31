"""What a factory does to a new pump: calibrate it against a balance, and fill it."""

from typing import TYPE_CHECKING, TypeAlias

from hil.rigs.virtual_rig import VirtualRig
from thecal.device.client import PumpClient
from thecal.device.link import Link

if TYPE_CHECKING:  # the emulator is loaded by its own rig only
    from hil.rigs.emulated_rig import EmulatedRig

AnyRig: TypeAlias = "VirtualRig | EmulatedRig"

SERIAL = "TV000001"
FILL_NL = 18_000_000


def calibrated_stroke_pl(rig: AnyRig) -> int:
    """What the factory's balance finds for this rotor, in pL."""
    return rig.do(rig.plant.calibrate)


def sensed_stroke_pl(rig: AnyRig) -> int:
    """What the flow sensor makes of one such stroke, in pL."""
    return rig.do(rig.plant.sensed_stroke_pl)


def prepare(rig: AnyRig, serial: str = SERIAL, fill_nl: int = FILL_NL,
            closed_loop: bool = True) -> None:
    """Calibrate and fill a powered virtual pump over its port.

    Not `closed_loop`: the pump is not told what its sensor saw, and follows its strokes alone.
    """
    rig.do(lambda: rig.plant.set_reservoir(fill_nl))
    with Link(rig.port) as link:
        client = PumpClient(link, timeout_s=30)
        client.calibrate(serial, calibrated_stroke_pl(rig),
                         sensed_stroke_pl(rig) if closed_loop else 0)
        client.refill(fill_nl)
