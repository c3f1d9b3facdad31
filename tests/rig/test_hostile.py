"""Therapy replaced by a hostile one: the guard alone keeps every limit, by the balance."""

from pathlib import Path

import pytest

from tests.oracles.integrator import largest_window_load_two_pointer
from tests.rig.pumps import HOUR_S, fast
from thecal.device.client import PumpClient
from thecal.device.link import Link

pytestmark = pytest.mark.rig

HOSTILE = Path(__file__).with_name("hostile_main.py")
LIMIT_NG = 1_000_000  # 100 uL an hour at 10 mg/mL; basal alone is 60


@pytest.mark.virtual_only("runs another main program")
def test_a_hostile_therapy_exceeds_no_limit_by_the_balance(make_rig, factory_image):
    rig = make_rig(flash_image=factory_image, main=HOSTILE)
    rig.power_on()
    with Link(rig.port) as link:
        client = PumpClient(link, timeout_s=30)
        client.prescribe(fast(limit_1h_ng=LIMIT_NG))
        client.start()
        points = [(0, 0)]
        total_nl = 0.0
        for second in range(10, 4 * HOUR_S, 10):
            rig.advance(10)
            now_nl = rig.plant.balance_nl
            points.append((second, round(now_nl - total_nl)))
            total_nl = now_nl
        status = client.status()
    limit_nl = LIMIT_NG // 10
    most_nl = largest_window_load_two_pointer(points, HOUR_S)
    assert most_nl <= limit_nl * 1.02  # the rotor's ripple and calibration, not the guard
    # It did ask for all it could get: a window of 1 h counts up to 75 min of strokes.
    assert most_nl > 0.75 * limit_nl
    assert status.granted_24h > 0
    gaps_ms = [b - a for a, b in zip(rig.hardware.stroke_times_ms,
                                     rig.hardware.stroke_times_ms[1:], strict=False)]
    fastest_nl_per_h = 60_000 + 600_000
    assert min(gaps_ms) >= 0.79 * status.stroke_pl * 3600 / fastest_nl_per_h
    assert rig.hardware.gated_strokes == 0


def test_the_board_refuses_a_permit_that_is_used_or_unmarked():
    from pump.board.hal import Board, PermitRefused
    from pump.core.guard import Permit

    board = Board()
    permit = Permit()
    permit.serial = 1
    with pytest.raises(PermitRefused):
        board.admit(permit)
    permit.mark = 7
    board.admit(permit)
    with pytest.raises(PermitRefused):
        board.admit(permit)
