"""No control step asks the heap for memory in the real image, in any mode of therapy.

tests/app/control_steps.py runs at the prompt of the development image: the frozen pump on the
Pico's own body, with the plant on its pins. Integers above 2^30 take memory here and nowhere
else. The release image is measured by `make bench`, by breakpoints and in one mode only.
"""

from pathlib import Path

import pytest

from hil.plant import PlantSettings
from hil.rigs import factory
from hil.rigs.emulated_rig import EmulatedRig
from hil.rigs.repl import Repl
from tests.app.steps_told import SOURCE, check

pytestmark = [pytest.mark.rig, pytest.mark.slow]

LONGEST_S = 1_200  # simulated


def test_no_control_step_takes_memory(dev_image: Path) -> None:
    check(told(dev_image))


def test_one_that_does_is_seen(dev_image: Path) -> None:
    """A number above 2^30, in a look, as no PC would notice it."""
    planted = ("from pump.app import delivery\nreal = delivery.look\n"
               "def look(pump):\n real(pump)\n pump.wide = 1_073_741_823 + pump.clock.s\n"
               "delivery.look = look\n")
    assert "MemoryError" in told(dev_image, planted)


def told(dev_image: Path, planted: str = "") -> str:
    """What the device prints of its steps."""
    with EmulatedRig(PlantSettings(seed=1), image=dev_image) as rig:
        rig.do(lambda: rig.plant.set_reservoir(factory.FILL_NL))
        rig.power_on()
        with Repl(rig) as repl:
            repl.run(SOURCE.read_text() + planted)
            repl.begin("from pump.board.pico.body import PicoBoard\nlive(PicoBoard(), "
                       f"{factory.calibrated_stroke_pl(rig)}, {factory.sensed_stroke_pl(rig)})")
            while not repl.ended():
                assert rig.now_s < LONGEST_S
                rig.advance(2)
            return repl.result()
