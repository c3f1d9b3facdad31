"""The plant stepped pulse by pulse agrees with whole strokes, and its books close."""

import pytest

from hil.plant import FlowSensorSettings, Plant, PlantSettings, PulseDrive, TubeSettings
from hil.plant.rotor import PULSES_PER_STROKE, RotorSettings

EXACT = PlantSettings(
    seed=4, rotor=RotorSettings(stroke_nl=250.0, jitter=0.0), tube=TubeSettings(0, 0, 0),
    flow_sensor=FlowSensorSettings(gain_error=0.0, offset_ul_per_min=0.0, noise_ul_per_min=0.0))


def stroke(drive, at_us, pulses=PULSES_PER_STROKE, period_us=2500):
    for index in range(pulses):
        drive.pulse(at_us + index * period_us)


def books_nl(plant):
    return (plant.displaced_nl + plant.free_nl
            - plant.balance_nl - plant.stored_nl - plant.slipped_nl)


def test_a_hundred_pulses_displace_what_one_stroke_does():
    whole, stepped = Plant(EXACT), Plant(EXACT)
    drive = PulseDrive(stepped)
    for count in range(1, 33):
        whole.stroke()
        stroke(drive, count * 1_000_000)
        drive.advance_us(count * 1_000_000 + 300_000)
        assert stepped.displaced_nl == pytest.approx(whole.displaced_nl, abs=1e-6)
    assert stepped.strokes == whole.strokes == 32
    assert books_nl(stepped) == pytest.approx(0.0, abs=1e-6)
    assert stepped.rotor.position_strokes == pytest.approx(whole.rotor.position_strokes)


def test_strokes_are_told_apart_by_a_pause_and_timed_at_their_first_pulse():
    drive = PulseDrive(Plant(EXACT))
    stroke(drive, 10_000)
    stroke(drive, 10_000 + 247_500 + 50_001)
    stroke(drive, 2_000_400, pulses=3)
    assert drive.stroke_times_ms == [10, 307, 2000]
    assert drive.stroke_pulses == [100, 100, 3]
    assert drive.pulses == 203


def test_the_sensor_sees_an_even_flow_that_sums_to_the_stroke():
    plant = Plant(EXACT)
    drive = PulseDrive(plant)
    events = sorted([(20_000 * i, "look") for i in range(1, 20)]
                    + [(1_700 + 2_500 * i, "pulse") for i in range(100)])
    samples = []
    for at_us, what in events:
        if what == "pulse":
            drive.pulse(at_us)
        else:
            drive.advance_us(at_us)
            samples.append(drive.flow_raw())
    steady = samples[1:11]
    assert max(steady) - min(steady) < 0.1 * sum(steady) / len(steady)
    seen_nl = sum(samples) / 10 / 60 * 20
    assert seen_nl == pytest.approx(plant.displaced_nl, rel=0.01)
    assert samples[-1] == 0


def test_a_stalled_rotor_and_lost_steps_move_their_part():
    plant = Plant(EXACT)
    drive = PulseDrive(plant)
    plant.stall(True)
    stroke(drive, 0)
    assert plant.displaced_nl == 0
    plant.stall(False)
    plant.lose_steps(0.5)
    stroke(drive, 1_000_000)
    drive.advance_us(2_000_000)
    assert 100 < plant.displaced_nl < 150


def test_pulses_twice_as_fast_lose_no_volume():
    plant = Plant(EXACT)
    drive = PulseDrive(plant)
    stroke(drive, 0, period_us=1250)
    drive.advance_us(1_000_000)
    slow = Plant(EXACT)
    other = PulseDrive(slow)
    stroke(other, 0)
    other.advance_us(1_000_000)
    assert plant.displaced_nl == pytest.approx(slow.displaced_nl, abs=1e-6)


def test_free_flow_goes_on_under_a_stroke():
    plant = Plant(EXACT)
    drive = PulseDrive(plant)
    plant.free_flow(60_000)
    stroke(drive, 100_000)
    drive.advance_us(1_000_000)
    assert plant.free_nl == pytest.approx(1000, abs=1e-6)
    assert books_nl(plant) == pytest.approx(0.0, abs=1e-6)
    assert drive.flow_raw() == pytest.approx(600, abs=1)
