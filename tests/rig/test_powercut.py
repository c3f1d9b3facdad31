"""Thirty of the power cuts of `make prove PART=powercut`."""

import pytest

from hil.prove.powercut.campaign import on_virtual

pytestmark = [pytest.mark.rig, pytest.mark.virtual_only("cuts at hal messages")]


def test_thirty_power_cuts_lose_nothing_and_give_nothing_twice(micropython):
    found = on_virtual(count=30, seed=11)
    assert found.violations == []
    assert found.cuts >= 28
    assert found.kinds["flash_program"] >= 6
    assert found.kinds["stroke"] >= 6
    assert found.told["grants_in_hour"] >= 2
