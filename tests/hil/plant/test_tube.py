"""What wear, warmth and back pressure leave of a stroke, against the products written out."""

from statistics import fmean, stdev

import pytest

from hil.plant import LineSettings, Plant, PlantSettings, PulseDrive, RotorSettings, TubeSettings
from hil.plant.rotor import STROKES_PER_REV, Rotor
from hil.plant.tube import Tube

REVOLUTION = STROKES_PER_REV
NO_PRESSURE = LineSettings(back_pressure_kpa=0.0, slip_nl_per_s_kpa=0.0)


def plant_of(tube: TubeSettings, line: LineSettings = NO_PRESSURE, seed: int = 3) -> Plant:
    rotor = RotorSettings(stroke_nl=250.0, jitter=0.0)
    return Plant(PlantSettings(seed=seed, rotor=rotor, tube=tube, line=line))


def revolution_nl(plant: Plant) -> float:
    """What a whole revolution displaces, in which the ripple sums out; the line at rest."""
    before_nl = plant.displaced_nl
    for _ in range(REVOLUTION):
        plant.advance(plant.now_ms + 600_000)
        plant.stroke()
    return plant.displaced_nl - before_nl


@pytest.mark.parametrize(("strokes", "part"), [
    (0, 1.0), (100_000, 0.999), (1_000_000, 0.99), (5_000_000, 0.95), (200_000_000, 0.0),
])
def test_an_old_tube_gives_less_in_proportion_to_its_strokes(strokes: int, part: float) -> None:
    plant = plant_of(TubeSettings(loss_ppm_per_million=10_000))
    plant.tube.age(strokes)
    assert plant.tube.part(37_000, 0.0) == pytest.approx(part, rel=1e-12)
    assert revolution_nl(plant) == pytest.approx(16 * 250.0 * part, rel=1e-6)


def test_it_wears_by_turning_and_not_by_commands() -> None:
    plant = plant_of(TubeSettings(loss_ppm_per_million=10_000_000, warmth_ppm_per_degc=0,
                                  back_pressure_ppm_per_kpa=0))
    assert plant.tube.strokes == 0
    revolution_nl(plant)
    plant.lose_steps(0.5)
    revolution_nl(plant)
    plant.stall(True)
    revolution_nl(plant)
    assert plant.strokes == 48
    assert plant.tube.strokes == pytest.approx(24.0)
    # A tube that loses 1/100,000 a stroke.
    assert plant.tube.part(37_000, 0.0) == pytest.approx(1 - 24.0 / 100_000)


def test_the_volume_falls_from_stroke_to_stroke() -> None:
    settings = TubeSettings(10_000_000, 0, 0)
    plant = plant_of(settings)
    # Revolution n (from 0) begins at stroke 16 n; its mean is that of its 16 strokes, and the
    # ripple weighs them by at most 4 %: 4 % of 15 strokes' wear is left in doubt.
    for turn in range(5):
        mean = 1 - (16 * turn + 7.5) / 100_000
        assert revolution_nl(plant) == pytest.approx(4000 * mean, rel=0.04 * 15 / 100_000)


@pytest.mark.parametrize(("mdegc", "part"), [(37_000, 1.0), (27_000, 0.997), (45_000, 1.0024)])
def test_a_warm_tube_gives_more(mdegc: int, part: float) -> None:
    plant = plant_of(TubeSettings(0, warmth_ppm_per_degc=300))
    plant.temperature_mdegc = mdegc
    assert revolution_nl(plant) == pytest.approx(4000 * part, rel=1e-6)


@pytest.mark.parametrize(("back_kpa", "part"), [(0.0, 1.0), (10.0, 0.999), (-5.0, 1.0005)])
def test_against_pressure_it_gives_less(back_kpa: float, part: float) -> None:
    line = LineSettings(back_pressure_kpa=back_kpa, slip_nl_per_s_kpa=0.0)
    plant = plant_of(TubeSettings(0, 0, back_pressure_ppm_per_kpa=100), line)
    assert revolution_nl(plant) == pytest.approx(4000 * part, rel=1e-6)


def test_all_three_multiply_and_none_turns_the_flow_around() -> None:
    tube = Tube(TubeSettings(20_000, 500, 200), 1, Rotor(RotorSettings(), 1))
    tube.age(3_000_000)
    assert tube.part(41_000, 50.0) == pytest.approx(0.94 * 1.002 * 0.99, rel=1e-12)
    assert tube.part(41_000, 1e6) == 0.0
    tube.age(60_000_000)
    assert tube.part(-100_000, 1e6) == 0.0


def test_wear_is_the_same_pulse_by_pulse() -> None:
    settings = TubeSettings(10_000_000, 0, 0)
    whole, stepped = plant_of(settings), plant_of(settings)
    for plant in (whole, stepped):
        plant.tube.age(10_000)
    drive = PulseDrive(stepped)
    for count in range(1, 40):
        whole.stroke()
        for index in range(100):
            drive.pulse(count * 1_000_000 + index * 2_500)
    drive.advance_us(60_000_000)
    assert stepped.displaced_nl == pytest.approx(whole.displaced_nl, rel=1e-9)
    assert stepped.tube.strokes == pytest.approx(whole.tube.strokes)


def test_the_lot_spreads_as_stated_and_the_seed_decides() -> None:
    lot_ppm = [Plant(PlantSettings(seed=seed)).tube.loss_ppm_per_million for seed in range(500)]
    assert fmean(lot_ppm) == pytest.approx(10_000, rel=0.04)
    assert stdev(lot_ppm) == pytest.approx(3_000, rel=0.1)
    assert min(lot_ppm) >= 0
    assert lot_ppm[:20] == [
        Plant(PlantSettings(seed=seed)).tube.loss_ppm_per_million for seed in range(20)]


def test_the_factory_weighs_a_new_tube_and_the_sensor_sees_the_old_one() -> None:
    plant, twin = Plant(PlantSettings(seed=5)), Plant(PlantSettings(seed=5))
    plant.tube.age(5_000_000)
    assert plant.calibrate() == twin.calibrate()
    worn, fresh = (sum(sum(p.stroke().samples) for _ in range(160)) for p in (plant, twin))
    part = 1 - 5 * plant.tube.loss_ppm_per_million / 1_000_000
    # Smaller strokes make less pressure, and that takes less of them: some 100 ppm.
    assert plant.displaced_nl / twin.displaced_nl == pytest.approx(part, rel=3e-4)
    assert worn / fresh == pytest.approx(part, rel=0.003)


def test_a_tube_gets_no_younger() -> None:
    with pytest.raises(ValueError, match="younger"):
        plant_of(TubeSettings()).tube.age(-1)
