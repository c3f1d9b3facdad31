"""The guard's record: damaged in any bit it is no record."""

from fractions import Fraction

import pytest

from pump.core import limits as limits_record
from pump.core.limits import NO_LIMIT
from tests.core.parts import NO_BASAL, NO_BOLUS, PULSE, ROOM, limits, programme

CRC = 0x12345678
PROFILES = [(0, 100_000, 300, 14_400, 4), (40, 60_000, 600, 3_600, 9)]
FULL = {**PULSE, "limit_1h_ng": 400_000, "limit_24h_ng": 6_000_000, "profiles": PROFILES}
RECORD = limits_record.encode(programme(**FULL), CRC)


def test_it_reads_back_what_was_written():
    made, read = programme(**FULL), limits_record.decode(RECORD, CRC)
    for name in ("stroke_pl", "pg_per_stroke", "fast_nl_per_h"):
        assert getattr(read, name) == getattr(made, name), name
    assert read.longest_gap_s == made.longest_gap_s() > 0
    assert read.longest_lockout_s == 14_400
    assert read.windows == (160, NO_LIMIT, 2_400)
    assert read.prime_strokes == 250_000 // 250
    assert list(read.most) == list(made.most)
    for limit, profile in zip(read.profiles, made.profiles, strict=True):
        for name in ("s", "lockout_s", "nl", "strokes", "count_per_24h"):
            assert getattr(limit, name) == getattr(profile, name), name


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
    assert limits(**NO_BASAL).gate_ms == 0
    assert limits(**NO_BASAL).profiles[0].gate_ms > 0
    assert limits(**NO_BASAL, **NO_BOLUS).profiles == []


def test_without_patient_boluses_the_longest_lockout_is_a_minute():
    """The shortest that a clinician bolus may last then."""
    assert limits(**NO_BOLUS).longest_lockout_s == 60


def test_the_gate_is_a_quarter_above_basal_periodic_bolus_and_patient_bolus_together():
    its = limits(**PULSE, **ROOM)
    assert its.fast_nl_per_h == 10_000 + 120_000
    assert is_the_gate(its.gate_ms, 250_000, 130_000)
    assert is_the_gate(its.profiles[0].gate_ms, 250_000, 250_000)


def is_the_gate(gate_ms, stroke_pl, rate_nl_per_h):
    """Four fifths of the interval, rounded up twice."""
    exact_ms = Fraction(stroke_pl * 3_600 * 4, rate_nl_per_h * 5)
    return exact_ms <= gate_ms < exact_ms + 2


@pytest.mark.parametrize("stroke_pl", [200_000, 290_000])
def test_at_the_highest_rate_half_a_second_is_free_between_strokes(stroke_pl):
    its = limits(stroke_pl, **NO_BOLUS, **ROOM, basal_ng_per_day=240_000_000)
    assert its.fast_nl_per_h == 1_000_000
    assert is_the_gate(its.gate_ms, stroke_pl, 1_000_000)
    assert its.gate_ms >= 300  # longer than a stroke lasts
