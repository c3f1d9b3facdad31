"""Thirty of the power cuts of `make prove PART=powercut`."""

import pytest

from hil.prove.powercut.campaign import prove

pytestmark = [pytest.mark.rig, pytest.mark.virtual_only("cuts at hal messages")]


def test_thirty_power_cuts_lose_nothing_and_give_nothing_twice(micropython):
    result = prove(count=30, seed=11)
    assert result["violations"] == []
    assert result["cuts"] >= 28
    assert result["histogram"]["flash_program"] >= 6
    assert result["histogram"]["stroke"] >= 6
    assert result["grants_in_hour"] >= 2
