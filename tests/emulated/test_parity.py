"""The image and the virtual pump live the same script: the short form of `make prove PART=parity`.

Commit, start, a press refused, one granted, a power cut in its bolus, two more presses,
a pinched line and its release, the log read.
"""

from dataclasses import replace

import pytest

from hil.plant import PlantSettings
from hil.prove.parity.compare import compare
from hil.prove.parity.script import SEED, SHORT, Lived, live
from hil.rigs.emulated_rig import EmulatedRig
from hil.rigs.virtual_rig import VirtualRig

pytestmark = [pytest.mark.rig, pytest.mark.slow]


@pytest.fixture(scope="module")
def virtual(micropython: list[str]) -> Lived:
    with VirtualRig(PlantSettings(seed=SEED)) as rig:
        return live(rig, SHORT)


def test_the_image_lives_the_same_hour_as_the_virtual_pump(image, virtual):
    with EmulatedRig(PlantSettings(seed=SEED), image=image) as rig:
        found = compare(virtual, live(rig, SHORT))
    assert found["violations"] == []
    assert {"prescribed", "bolus_start", "bolus_end", "press", "alarm_begin", "alarm_end",
            "not_delivered", "delivered", "boot", "mode"} <= set(found["types"])


def test_the_judge_sees_a_press_that_comes_two_seconds_late(virtual):
    late = replace(SHORT, press_s=(32, *SHORT.press_s[1:]))
    with VirtualRig(PlantSettings(seed=SEED)) as rig:
        found = compare(virtual, live(rig, late))
    assert [broken[:16] for broken in found["violations"]] == ["event 5 (press):"]


def test_the_judge_sees_a_stroke_too_much_and_an_event_too_few(virtual):
    more = replace(virtual, balance_nl=virtual.balance_nl + 251)
    assert compare(virtual, more)["violations"] == ["balance 251.0 nL apart"]
    fewer = replace(virtual, events=virtual.events[:-1])
    assert compare(virtual, fewer)["violations"] == ["event 30: mode and nothing"]
