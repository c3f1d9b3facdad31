"""Quantities: exact, with units, and clear when they are neither."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thecal import units
from thecal.errors import ExitCode, QuantityError
from thecal.units import CONCENTRATION, DOSE, DOSE_RATE, DURATION, STROKE_VOLUME, VOLUME


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("2.4 mg/day", DOSE_RATE, 2_400_000),
        ("0.1 mg/h", DOSE_RATE, 2_400_000),
        ("1 ug/min", DOSE_RATE, 1_440_000),
        ("0.1 mg", DOSE, 100_000),
        ("100 mcg", DOSE, 100_000),
        ("100 µg", DOSE, 100_000),
        ("100 μg", DOSE, 100_000),
        ("1g", DOSE, 10**9),
        ("10 mg/mL", CONCENTRATION, 10_000),
        ("10 mg / mL", CONCENTRATION, 10_000),
        ("0.5 ug/uL", CONCENTRATION, 500),
        ("20 mL", VOLUME, 20_000_000),
        ("250.125 nL", STROKE_VOLUME, 250_125),
        ("5 min", DURATION, 300),
        ("4 h", DURATION, 14_400),
        ("1 day", DURATION, 86_400),
        ("0.5 min", DURATION, 30),
        ("4294967295 ng", DOSE, 2**32 - 1),
    ],
)
def test_a_quantity_is_a_whole_number_of_the_wire_unit(text, dimension, value):
    assert units.parse(text, dimension, "x") == value


@pytest.mark.parametrize(
    ("text", "dimension", "part"),
    [
        ("2.4", DOSE_RATE, 'no unit; write number and unit, as in "2.4 mg/day"'),
        ("", DOSE, "not a quantity"),
        ("mg", DOSE, "not a quantity"),
        (".5 mg", DOSE, "not a quantity"),
        ("1e3 ng", DOSE, "not a quantity"),
        ("٣ mg", DOSE, "not a quantity"),
        ("2,4 mg", DOSE, "comma"),
        ("-1 mg", DOSE, "negative"),
        ("2.4 mg", DOSE_RATE, "is a dose; a dose per time is needed"),
        ("2.4 mg/day", DOSE, "is a dose per time; a dose is needed"),
        ("4 h", VOLUME, "is a time; a volume is needed"),
        ("4 hours", DURATION, 'unknown unit "hours"'),
        ("4 MG", DOSE, 'unknown unit "MG"'),
        ("0.5 ng", DOSE, "0.5 ng; the pump counts whole ng"),
        ("0.0001 nL", STROKE_VOLUME, "whole pL"),
        ("1.5 s", DURATION, "whole s"),
        ("4294967296 ng", DOSE, "more than the pump can hold"),
        ("9" * 400 + " g", DOSE, "more than the pump can hold"),
    ],
)
def test_a_bad_quantity_names_its_field_and_says_why(text, dimension, part):
    with pytest.raises(QuantityError) as caught:
        units.parse(text, dimension, "basal.rate")
    assert str(caught.value).startswith("basal.rate: ")
    assert part in str(caught.value)
    assert caught.value.exit_code == ExitCode.USAGE


def test_a_tenth_is_exact_where_a_binary_float_is_not():
    assert units.parse("1.1 mg", DOSE, "x") == 1_100_000
    assert units.parse("0.000001 mg", DOSE, "x") == 1


@pytest.mark.parametrize(
    ("value", "dimension", "text"),
    [
        (2_400_000, DOSE_RATE, "2.4 mg/day"),
        (2_400, DOSE_RATE, "2.4 ug/day"),
        (100_000, DOSE, "0.1 mg"),
        (99_999, DOSE, "99.999 ug"),
        (7, DOSE, "7 ng"),
        (0, DOSE, "0 mg"),
        (10_000, CONCENTRATION, "10 mg/mL"),
        (20, CONCENTRATION, "20 ug/mL"),
        (20_000_000, VOLUME, "20 mL"),
        (250, VOLUME, "250 nL"),
        (250_125, STROKE_VOLUME, "250.125 nL"),
        (300, DURATION, "5 min"),
        (86_400, DURATION, "24 h"),
        (90, DURATION, "90 s"),
        (0, DURATION, "0 h"),
    ],
)
def test_values_are_shown_in_the_unit_people_use(value, dimension, text):
    assert units.show(value, dimension) == text


@pytest.mark.parametrize(
    "dimension", [DOSE, DOSE_RATE, CONCENTRATION, VOLUME, STROKE_VOLUME, DURATION]
)
@given(value=st.integers(0, 2**32 - 1))
def test_what_is_shown_reads_back_as_the_same_value(dimension, value):
    shown = units.show(value, dimension).replace(",", "")
    assert units.parse(shown, dimension, "x") == value


@given(st.integers(0, 4293), st.integers(0, 999_999))
def test_milligrams_with_six_digits_are_exact(whole, millionths):
    text = f"{whole}.{millionths:06d}"
    value = int(Decimal(text) * 1_000_000)
    assert units.parse(f"{text} mg", DOSE, "x") == value


@given(st.text())
def test_no_text_gets_past_as_anything_but_a_number_or_a_quantity_error(text):
    try:
        value = units.parse(text, DOSE, "x")
    except QuantityError as error:
        assert error.field == "x"
    else:
        assert 0 <= value < 2**32


def test_a_rounded_value_and_a_countdown_read_naturally():
    assert units.show_rounded(17_999_750, VOLUME, 3) == "18 mL"
    assert units.show_rounded(1_234_567, VOLUME, 2) == "1.23 mL"
    assert units.show_countdown(14_370) == "3 h 59 min 30 s"
    assert units.show_countdown(90_061) == "1 d 1 h 1 min 1 s"
    assert units.show_countdown(0) == "0 s"
