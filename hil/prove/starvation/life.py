"""One pump whose power is cut again and again; the balance judges what the patient got."""

from dataclasses import dataclass

from hil.plant import PlantSettings
from hil.rigs import factory
from hil.rigs.virtual_rig import VirtualRig
from thecal.device.client import PumpClient
from thecal.device.link import Link
from thecal.prescribing.file import read_prescription
from thecal_wire import codes

PRESCRIPTION = "docs/examples/morphine.toml"
BASAL_NL_PER_H = 10_000  # of that prescription
ROOM_NL = 1_000  # a few strokes of each part: the first interval, the stroke under way
OFF_S = 1


@dataclass(frozen=True)
class Life:
    """What came of it: volumes in nL, the hours that passed, and the alarms that were raised."""

    period_s: int
    hours: float
    cuts: int
    delivered_nl: float
    ordered_nl: float
    alarms: list[str]

    @property
    def share(self) -> float:
        """Delivered against ordered."""
        return self.delivered_nl / self.ordered_nl

    def violations(self) -> list[str]:
        """Too much at any rate; too little without an alarm that says so."""
        found: list[str] = []
        if self.delivered_nl > self.ordered_nl + ROOM_NL:
            found.append(f"{self.delivered_nl:.0f} nL against {self.ordered_nl:.0f} nL ordered")
        told = {"starvation", "bolus_unavailable"} & set(self.alarms)
        if self.share < 0.9 and "starvation" not in told:
            found.append(f"{self.share:.0%} of the dose and no starvation alarm: {self.alarms}")
        if not told:
            found.append("cut again and again, and silent")
        return found


def live(period_s: int, hours: float, seed: int = 1) -> Life:
    """Cut power every `period_s` for `hours`."""
    alarms: set[int] = set()
    with VirtualRig(PlantSettings(seed=seed)) as rig:
        rig.power_on()
        factory.prepare(rig)
        with Link(rig.port) as link:
            client = PumpClient(link)
            client.prescribe(read_prescription(PRESCRIPTION).to_bytes())
            client.start()
            began = rig.weigh()
            cuts = int(hours * 3600 / (period_s + OFF_S))
            for number in range(cuts):
                rig.advance(period_s)
                if number % 16 == 15 or number == cuts - 1:
                    status = client.status()
                    alarms |= {code for code in codes.ALARMS if status.alarms >> code & 1}
                rig.power_off()
                rig.advance(OFF_S)
                rig.power_on()
            ended = rig.weigh()
    lasted_h = (ended.at_s - began.at_s) / 3600
    return Life(period_s, lasted_h, cuts, ended.volume_nl - began.volume_nl,
                BASAL_NL_PER_H * lasted_h,
                sorted(codes.alarm_name(code) for code in alarms))
