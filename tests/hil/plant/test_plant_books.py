"""Whatever happens in whatever order: no nL is lost, time only grows, the seed decides."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.plant import LineSettings, Plant, PlantSettings

Action = tuple[str, float]

actions = st.lists(
    st.tuples(st.just("strokes"), st.floats(1, 40))
    | st.tuples(st.just("wait_s"), st.floats(0, 3000))
    | st.tuples(st.just("watch_s"), st.floats(0, 60))
    | st.tuples(st.just("pinch"), st.sampled_from([0.0, 1.0]))
    | st.tuples(st.just("stall"), st.sampled_from([0.0, 1.0]))
    | st.tuples(st.just("lose"), st.floats(0, 1))
    | st.tuples(st.just("free"), st.sampled_from([0.0, 50.0, 20_000.0]))
    | st.tuples(st.just("fill"), st.sampled_from([0.0, 900.0, 1e6])),
    max_size=25,
)
plants = st.builds(
    PlantSettings,
    seed=st.integers(0, 1000),
    reservoir_nl=st.sampled_from([0.0, 3000.0, 20e6]),
    line=st.builds(LineSettings, slip_nl_per_s_kpa=st.sampled_from([0.0, 0.0005, 0.1])),
)


def act(plant: Plant, action: Action) -> object:
    """Do it; returns what the plant's sensors said."""
    name, amount = action
    table: dict[str, Callable[[], object]] = {
        "strokes": lambda: [plant.stroke() for _ in range(int(amount))],
        "wait_s": lambda: plant.advance(plant.now_ms + int(amount * 1000)),
        "watch_s": lambda: plant.watch(plant.now_ms + int(amount * 1000), 40),
        "pinch": lambda: plant.pinch(bool(amount)),
        "stall": lambda: plant.stall(bool(amount)),
        "lose": lambda: plant.lose_steps(amount),
        "free": lambda: plant.free_flow(amount),
        "fill": lambda: plant.set_reservoir(amount),
    }
    return table[name](), plant.look()


@settings(max_examples=150, deadline=None)
@given(specimen=plants, story=actions)
def test_every_nl_is_accounted_for(specimen: PlantSettings, story: list[Action]) -> None:
    plant = Plant(specimen)
    reservoir_nl = specimen.reservoir_nl
    for action in story:
        before = plant.snapshot()
        act(plant, action)
        after = plant.snapshot()
        inflow_nl = after["displaced_nl"] + after["free_nl"]
        kept_nl = after["balance_nl"] + after["stored_nl"] + after["slipped_nl"]
        assert kept_nl == pytest.approx(inflow_nl, rel=0, abs=1e-6)
        for name in ("now_ms", "strokes", "displaced_nl", "free_nl", "comparisons"):
            assert after[name] >= before[name], name
        drawn_nl = inflow_nl - before["displaced_nl"] - before["free_nl"]
        reservoir_nl += after["slipped_nl"] - before["slipped_nl"] - drawn_nl
        if action[0] == "fill":
            reservoir_nl = action[1]
        assert after["reservoir_nl"] == pytest.approx(reservoir_nl, rel=0, abs=1e-3)
        assert after["reservoir_nl"] >= 0


@settings(max_examples=30, deadline=None)
@given(specimen=plants, story=actions)
def test_the_same_seed_tells_the_same_story(specimen: PlantSettings, story: list[Action]) -> None:
    first, second = Plant(specimen), Plant(specimen)
    for action in story:
        assert act(first, action) == act(second, action)
    assert first.snapshot() == second.snapshot()
    assert first.balance.series == second.balance.series


def test_another_seed_is_another_specimen() -> None:
    first, second = Plant(PlantSettings(seed=1)), Plant(PlantSettings(seed=2))
    assert first.stroke() != second.stroke()
    assert first.displaced_nl != second.displaced_nl
    assert first.calibrate() != second.calibrate()
    assert first.pressure_sensor.offset_pa != second.pressure_sensor.offset_pa
    assert first.flow_sensor.gain_error != second.flow_sensor.gain_error


def test_the_books_close_after_a_day_at_full_rate() -> None:
    plant = Plant(PlantSettings(reservoir_nl=40e6))
    for _ in range(20_000):
        plant.stroke()
        plant.advance(plant.now_ms + 600)
    kept_nl = plant.balance_nl + plant.stored_nl + plant.slipped_nl
    assert plant.strokes == 20_000
    assert kept_nl == pytest.approx(plant.displaced_nl, rel=0, abs=1e-7)


def test_time_never_goes_back() -> None:
    plant = Plant(PlantSettings())
    plant.advance(5000)
    with pytest.raises(ValueError, match="never goes back"):
        plant.advance(4999)
    assert plant.now_ms == 5000
