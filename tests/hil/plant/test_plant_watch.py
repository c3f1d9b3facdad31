"""The watch while the firmware sleeps: its grid, its crossings and the gaps it leaves."""

import pytest

from hil.plant import FlowSensorSettings, Plant, PlantSettings

QUIET = PlantSettings(flow_sensor=FlowSensorSettings(0.0, 0.0, noise_ul_per_min=0.0))
FREE_NL_PER_MIN = 5000.0  # 5 uL/min = 50 counts


def test_it_compares_at_once_and_at_every_whole_second() -> None:
    plant = Plant(QUIET)
    plant.advance(1300)
    assert plant.watch(4000, 20) is None
    assert plant.now_ms == 4000
    assert plant.comparisons == 4  # 1300, 2000, 3000, 4000
    assert plant.last_comparison_ms == 4000
    assert plant.watch(4999, 20) is None
    assert (plant.comparisons, plant.last_comparison_ms, plant.now_ms) == (5, 4000, 4999)
    assert plant.watch(4999, 20) is None
    assert (plant.comparisons, plant.last_comparison_ms, plant.now_ms) == (6, 4999, 4999)


def test_it_stops_at_once_when_fluid_already_runs() -> None:
    plant = Plant(QUIET)
    plant.advance(1300)
    plant.free_flow(FREE_NL_PER_MIN)
    assert plant.watch(10_000, 50) == 1300
    assert plant.now_ms == 1300


def test_it_sleeps_through_a_flow_below_the_threshold() -> None:
    plant = Plant(QUIET)
    plant.free_flow(FREE_NL_PER_MIN)
    assert plant.watch(10_000, 51) is None
    assert plant.free_nl == pytest.approx(FREE_NL_PER_MIN / 6)


def test_it_stops_on_the_first_grid_point_whose_sample_reaches_the_threshold() -> None:
    plant = Plant(PlantSettings(flow_sensor=FlowSensorSettings(0.0, 0.0)))
    plant.advance(200)
    plant.free_flow(FREE_NL_PER_MIN)
    crossed_ms = plant.watch(3_600_000, 57)  # 1.75 sigma above the flow: one second in 25
    assert crossed_ms is not None
    assert crossed_ms == plant.now_ms == plant.last_comparison_ms
    assert 1000 < crossed_ms < 3_600_000
    assert crossed_ms % 1000 == 0
    assert plant.comparisons == crossed_ms // 1000 + 1


@pytest.mark.parametrize(("raw", "seen"), [(30, True), (29, False), (-30, False), (-3000, False)])
def test_it_judges_what_the_sensor_says_with_its_sign(raw: int, seen: bool) -> None:
    plant = Plant(QUIET)
    plant.sensor_stuck(raw)
    assert plant.watch(5000, 30) == (0 if seen else None)


def test_a_lying_sensor_hides_free_flow_from_it() -> None:
    plant = Plant(QUIET)
    plant.free_flow(FREE_NL_PER_MIN)
    plant.sensor_gain(0.5)
    assert plant.watch(60_000, 50) is None
    plant.sensor_dead(True)
    assert plant.watch(120_000, 0) is None
    assert plant.free_nl == pytest.approx(2 * FREE_NL_PER_MIN)


def test_without_a_threshold_nobody_compares_and_the_gap_grows() -> None:
    plant = Plant(QUIET)
    assert plant.watch(10_000, 20) is None
    assert (plant.comparisons, plant.largest_gap_ms) == (11, 1000)
    assert plant.watch(13_500, None) is None
    assert (plant.comparisons, plant.now_ms, plant.largest_gap_ms) == (11, 13_500, 3500)
    plant.look()
    assert (plant.comparisons, plant.last_comparison_ms, plant.largest_gap_ms) == (12, 13_500, 3500)
    plant.advance(14_000)
    plant.note_comparison()
    assert (plant.comparisons, plant.last_comparison_ms, plant.largest_gap_ms) == (13, 14_000, 3500)


def test_time_without_power_is_no_gap_but_time_before_it_is() -> None:
    plant = Plant(QUIET)
    plant.advance(50_000)
    assert plant.largest_gap_ms == 0  # nobody has ever compared
    plant.note_comparison()
    plant.advance(52_500)
    plant.forget_comparison()
    assert plant.last_comparison_ms is None
    plant.advance(9_000_000)
    assert plant.largest_gap_ms == 2500
    plant.note_comparison()
    plant.advance(9_000_000 + 700)
    assert plant.largest_gap_ms == 2500


def test_strokes_between_watches_leave_gaps_of_at_most_a_second_and_a_stroke() -> None:
    plant = Plant(QUIET)
    for _ in range(50):
        assert plant.watch(plant.now_ms + 2777, 20) is None
        plant.stroke()
    assert 1000 <= plant.largest_gap_ms <= 1300
    assert plant.strokes == 50


def test_quiet_nights_raise_no_false_alarm() -> None:
    plant = Plant(PlantSettings(seed=4))
    assert plant.watch(8 * 3_600_000, 50) is None
