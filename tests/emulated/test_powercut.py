"""Ten of the power cuts of the image in `make prove PART=powercut`."""

import pytest

from hil.prove.powercut.campaign import on_emulated

pytestmark = [pytest.mark.rig, pytest.mark.slow]


@pytest.mark.parametrize(("kinds", "count"), [
    (("before", "inside", "after"), 6),
    (("instant", "recovery"), 4),
])
def test_power_cuts_of_the_image_lose_nothing_and_give_nothing_twice(
        micropython, image, kinds, count):
    found = on_emulated(count, seed=5, image=image, kinds=kinds, workers=1)
    assert found.violations == []
    assert found.lost == 0
    assert found.kinds == dict.fromkeys(kinds, 2)
    assert found.told["operations_in_script"]["erase"] >= 1
    assert found.told["grants_in_script"] == 1
