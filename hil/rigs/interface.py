"""What every rig offers. Tests ask for capabilities, never for a kind of rig.

Times are seconds of the rig's own clock (virtual on a virtual rig), volumes nL.
The judge is the rig: its balance, its pins, never the device's own claim.
"""

from abc import ABC, abstractmethod
from typing import NamedTuple

CAPABILITIES = frozenset(
    "power cut_in_flash time button pinch reservoir battery temperature sensor_fault balance "
    "sounder light enable steps usb".split()
)


class Weighed(NamedTuple):
    """The balance at a time: seconds since the rig began, nL out of the tip since then."""

    at_s: float
    volume_nl: float


class Missing(Exception):
    """A test asked a rig for something that it cannot do."""


class Rig(ABC):
    """One pump under test."""

    capabilities: frozenset[str] = frozenset()

    @property
    @abstractmethod
    def port(self) -> str:
        """What a client opens to talk to the pump."""

    @property
    @abstractmethod
    def now_s(self) -> float:
        """The rig's time."""

    @abstractmethod
    def power_on(self) -> None:
        """Give power; returns once the firmware waits for something."""

    @abstractmethod
    def power_off(self) -> None:
        """Take power away, at once."""

    @abstractmethod
    def advance(self, seconds: float) -> None:
        """Let time pass."""

    @abstractmethod
    def press(self, held_s: float = 0.5, bounce: bool = True) -> None:
        """Press the patient's button and let it go; time does not pass in here."""

    @abstractmethod
    def pinch(self, closed: bool) -> None:
        """Close or open the line behind the pump."""

    @abstractmethod
    def temperature(self, mdegc: int) -> None:
        """Bring the pump to this temperature, 1/1000 degC, at once."""

    @abstractmethod
    def battery(self, mv: int) -> None:
        """Give the pump this voltage instead of its battery's, from now on."""

    @abstractmethod
    def weigh(self) -> Weighed:
        """Read the balance."""

    @abstractmethod
    def close(self) -> None:
        """End the rig and everything it started."""
