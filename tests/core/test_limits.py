"""The guard's record: damaged in any bit it is no record."""

import pytest

from pump.core import limits as limits_record
from tests.core.parts import NO_BASAL, NO_BOLUS, limits, programme

CRC = 0x12345678
RECORD = limits_record.encode(programme(), CRC)


def test_it_reads_back_what_was_written():
    made, read = programme(), limits_record.decode(RECORD, CRC)
    for name in ("stroke_pl", "pg_per_stroke", "interval_ms", "bolus_s", "lockout_s", "window_s",
                 "limit_strokes", "bolus_strokes", "count_per_24h"):
        assert getattr(read, name) == getattr(made, name), name
    assert len(RECORD) == limits_record.BYTES


def test_one_wrong_bit_anywhere_is_found():
    for bit in range(8 * len(RECORD)):
        damaged = bytearray(RECORD)
        damaged[bit // 8] ^= 1 << bit % 8
        assert limits_record.decode(bytes(damaged), CRC) is None


@pytest.mark.parametrize("record", [b"", RECORD[:-1], RECORD + b"\0", b"\xff" * 60, b"\0" * 60])
def test_another_length_or_an_empty_page_is_no_record(record):
    assert limits_record.decode(record, CRC) is None


def test_the_record_of_another_prescription_is_refused():
    assert limits_record.decode(RECORD, CRC + 1) is None


def test_without_a_flow_there_is_no_gate():
    assert limits(**NO_BASAL).gate_basal_ms == 0
    assert limits(**NO_BOLUS).gate_bolus_ms == 0


@pytest.mark.parametrize("stroke_pl", [200_000, 290_000])
def test_at_the_highest_rate_half_a_second_is_free_between_strokes(stroke_pl):
    its = limits(stroke_pl, **NO_BOLUS, basal_ng_per_day=240_000_000, dose_limit_ng=4 * 10**9)
    assert its.interval_ms == stroke_pl * 3_600 // 1_000_000
    assert its.gate_basal_ms >= 300  # longer than a stroke lasts
