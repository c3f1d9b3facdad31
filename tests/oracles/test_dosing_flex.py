"""The rate by the wall clock."""
from .dosing_cases import DAILY, make
from .dosing_oracle import FlexOracle

TWO = ((DAILY, 32, 8000), (DAILY, 80, 4000))             # 8 h: 8000, 20 h: 4000


def test_flex_follows_the_clock():
    f = FlexOracle(make(steps=TWO), utc_s=8 * 3600 - 1)
    assert f.allowed() == {4000}
    f.tick()
    assert f.allowed() == {8000}
    assert FlexOracle(make(steps=TWO), 6 * 3600, offset_min=120).rate() == 8000


def test_flex_invalid_is_lowest():
    f = FlexOracle(make(steps=TWO), utc_s=12 * 3600)
    f.invalidate()
    assert f.allowed() == {4000}
    f.clock_set(12 * 3600)                               # lower of 4000 and 8000
    assert f.allowed() == {4000}
    f.advance(8 * 3600)
    f.advance(12 * 3600)
    assert f.allowed() == {8000}


def test_flex_set_takes_the_lower_until_a_start_by_either_clock():
    f = FlexOracle(make(steps=TWO), utc_s=7 * 3600)      # 4000
    f.clock_set(12 * 3600)                               # new says 8000
    assert f.allowed() == {4000}
    f.advance(3599)
    assert f.allowed() == {4000}
    f.tick()                                             # 8 h by the old clock
    assert f.allowed() == {8000}
    f = FlexOracle(make(steps=TWO), utc_s=12 * 3600)     # 8000
    f.clock_set(7 * 3600)                                # new says 4000: at once
    assert f.allowed() == {4000}
    f.advance(3600)                                      # 8 h by the new clock
    assert f.allowed() == {8000}


def test_flex_offset_and_stopped():
    f = FlexOracle(make(steps=TWO), utc_s=7 * 3600)
    f.clock_set(offset_min=60)                           # 8 h now; a start just now
    assert f.rate() == 4000 and f.allowed() == {4000, 8000}
    f = FlexOracle(make(steps=TWO), utc_s=7 * 3600)
    f.stop()
    assert f.allowed() == {0}
    f.clock_set(12 * 3600)
    f.start()
    assert f.allowed() == {8000}


def test_flex_volume():
    f = FlexOracle(make(steps=TWO), utc_s=8 * 3600 - 10)
    assert f.volume_nl_s(20) == (120_000, 120_000)
