"""The real image on the emulated board: therapy, faults on the pins, power and resets."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.emulated.flash import SLOWEST, FlashCut
from hil.emulated.hardware import STORAGE_AT
from hil.plant import PlantSettings
from hil.rigs import factory
from hil.rigs.emulated_rig import EmulatedRig
from tests.rig.pumps import begun, fast, log, results
from thecal.device.client import PumpClient
from thecal.device.link import Link
from thecal_wire import codes

pytestmark = [pytest.mark.rig, pytest.mark.slow]

SEED = 1
STROKE_S = 15.4  # between two strokes of the fast prescription


@pytest.fixture(scope="session")
def running_image(image: Path) -> bytes:
    """Flash of a pump that runs the fast prescription."""
    with EmulatedRig(PlantSettings(seed=SEED), image=image) as rig:
        rig.power_on()
        factory.prepare(rig)  # type: ignore[arg-type]
        with Link(rig.port) as link:
            client = PumpClient(link)
            client.prescribe(fast())
            client.start()
        rig.power_off()
        return rig.hardware.flash.image


@pytest.fixture
def rig(image: Path, running_image: bytes) -> Iterator[EmulatedRig]:
    with EmulatedRig(PlantSettings(seed=SEED), flash_image=running_image, image=image) as made:
        made.power_on()
        yield made


@pytest.fixture
def client(rig: EmulatedRig) -> Iterator[PumpClient]:
    with Link(rig.port) as link:
        yield PumpClient(link)


def alarms(client) -> set[str]:
    active = client.status().alarms
    return {entry[0] for code, entry in codes.ALARMS.items() if active & 1 << code}


def test_the_motor_stays_off_through_the_start(rig):
    assert rig.hardware.enable_edges == []
    first_ms = rig.do(lambda: dict(rig.meter().first_ms))
    assert 0 < first_ms["safe"] < first_ms["fed"]


def test_strokes_are_a_hundred_pulses_with_the_motor_on_for_no_longer(rig):
    rig.advance(2.5 * STROKE_S)
    hardware = rig.hardware
    assert hardware.drive.stroke_pulses == [100, 100]
    assert (hardware.refused_pulses, hardware.wrong_way_pulses) == (0, 0)
    on_ms = [b[0] - a[0] for a, b in zip(hardware.enable_edges[::2], hardware.enable_edges[1::2],
                                         strict=True)]
    assert all(250 <= ms <= 265 for ms in on_ms)
    assert rig.plant.displaced_nl == pytest.approx(2 * 255, rel=0.1)


def test_what_it_measures_agrees_with_the_balance(client, rig):
    rig.advance(10.5 * STROKE_S)
    client.stop()
    measured_nl = sum(r["measured_nl"] for r in log(client, "delivered"))
    assert measured_nl == pytest.approx(rig.plant.displaced_nl, rel=0.05)
    assert begun(client) == []


def test_each_stroke_of_a_bolus_is_measured_while_it_flows(client, rig):
    """A gate that opens later than the body looks shows as free flow and lost volume."""
    rig.advance(605)
    before_nl = rig.plant.displaced_nl
    rig.press()
    rig.advance(75)
    assert begun(client) == []
    ends = log(client, "bolus_end")
    assert [end["reason"] for end in ends] == ["complete"]
    assert rig.plant.displaced_nl - before_nl == pytest.approx(10_000 + 1_250, rel=0.06)


def test_a_bouncing_press_is_one_press(client, rig):
    rig.press()
    rig.advance(2)
    assert results(client) == ["lockout"]
    assert rig.hardware.sounds


def test_a_hung_processor_is_reset_and_therapy_goes_on(client, rig):
    rig.advance(20)
    strokes = rig.plant.strokes
    rig.do(rig.hang)
    rig.advance(12)
    assert rig.plant.strokes == strokes
    assert client.status().reset_cause == codes.RESET_WATCHDOG
    rig.advance(2 * STROKE_S)
    assert rig.plant.strokes > strokes


def test_power_lost_inside_a_tally_mark_never_counts_low(rig):
    rig.cut_in_flash(FlashCut(0, "inside", 3, kind="program"))
    rig.advance(2 * STROKE_S)
    cut = rig.engine.last_cut
    assert cut is not None and cut.operation.address >= STORAGE_AT
    assert not rig.engine.powered
    rig.power_on()
    rig.advance(2.5 * STROKE_S)
    with Link(rig.port) as link:
        tally = PumpClient(link).status().tally_strokes
    assert 0 <= tally - rig.plant.strokes <= 1


def test_free_flow_is_found_within_two_seconds(client, rig):
    rig.advance(5.4)
    rig.do(lambda: rig.plant.free_flow(20_000))
    rig.advance(2)
    assert alarms(client) == {"free_flow"}
    assert not rig.hardware.enabled


def test_somebody_compares_the_flow_all_the_time(rig):
    rig.advance(60)
    assert rig.plant.largest_gap_ms <= 1_500


def test_a_lost_clock_is_told_and_can_be_set(image, running_image):
    with EmulatedRig(PlantSettings(seed=SEED), running_image, image) as rig:
        rig.hardware.wall_lost = True
        rig.power_on()
        with Link(rig.port) as link:
            client = PumpClient(link)
            assert alarms(client) == {"clock_lost"}
            assert client.status().wall_s == 0


def test_slow_flash_does_not_trip_the_watchdog(image, running_image):
    with EmulatedRig(PlantSettings(seed=SEED), running_image, image, times=SLOWEST) as rig:
        rig.power_on()
        rig.advance(3 * STROKE_S)
        assert rig.do(lambda: rig.meter().reset_ns) == 0
        assert rig.plant.strokes >= 2


def test_a_host_that_does_not_drain_delays_no_stroke(client, rig):
    rig.do(lambda: setattr(rig.host_port, "stalled", True))
    rig.advance(4.5 * STROKE_S)
    strokes = rig.plant.strokes
    rig.do(lambda: setattr(rig.host_port, "stalled", False))
    assert strokes == 4
    assert client.status().mode == codes.RUNNING


def test_the_same_hour_twice_is_the_same_to_the_bit(image, running_image):
    def live() -> tuple[str, list[int], dict[str, float]]:
        with EmulatedRig(PlantSettings(seed=SEED), running_image, image) as rig:
            rig.power_on()
            rig.press()
            rig.advance(40)
            board = rig.engine.board
            assert board is not None
            memory = hashlib.sha256(board.processor.rp2040.sram).hexdigest()
            return memory, rig.hardware.stroke_times_ms, rig.plant.snapshot()

    assert live() == live()


def test_idle_time_is_nearly_free(rig):
    rig.advance(20)
    begun_s = time.process_time()
    rig.advance(60)
    assert time.process_time() - begun_s < 30
    busy = rig.do(lambda: rig.meter().busy_percent)
    assert busy < 5
