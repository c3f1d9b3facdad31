"""Quantities as people write them ("2.4 mg/day") and as the wire carries them.

Exact: numbers are decimal fractions, never binary floats, and a quantity that
is not a whole number of the wire's unit is an error, not rounded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from thecal.errors import QuantityError

U32_MAX = 0xFFFF_FFFF

# The micro sign has two code points, and `mcg` is what a ward writes to avoid it.
_MASS_NG = {"ng": 1, "ug": 10**3, "µg": 10**3, "μg": 10**3, "mcg": 10**3, "mg": 10**6, "g": 10**9}
_VOLUME_PL = {"pL": 1, "nL": 10**3, "uL": 10**6, "µL": 10**6, "μL": 10**6, "mL": 10**9}
_TIME_S = {"s": 1, "min": 60, "h": 3600, "day": 86_400}
_LENGTH_MM = {"mm": 1, "cm": 10}
_DAY_S = 86_400
_ML_PL = 10**9

_NUMBER = r"(?P<sign>[+-]?)(?P<number>[0-9]+(?:\.[0-9]+)?)"
_QUANTITY = re.compile(rf"\s*{_NUMBER}\s*(?P<unit>[^\s0-9.,+-][^\s]*)?\s*")
_COMMA = re.compile(r"\s*[+-]?[0-9]+,[0-9]")
_SLASH = re.compile(r"\s*/\s*")


@dataclass(frozen=True)
class Dimension:
    """A kind of quantity.

    `unit` is the wire's unit, `factors` says how many of it each unit is,
    `shown` lists (unit, from how many of it on) for people, largest first;
    `shown_whole` prefers the largest that leaves a whole number.
    """

    name: str
    unit: str
    example: str
    factors: Mapping[str, Fraction]
    shown: tuple[tuple[str, Fraction], ...]
    shown_whole: bool = False


def _times(factors: Mapping[str, int], unit: int = 1) -> dict[str, Fraction]:
    return {name: Fraction(size, unit) for name, size in factors.items()}


_TENTH, _ONE = Fraction(1, 10), Fraction(1)

DOSE = Dimension(
    "a dose", "ng", "0.1 mg", _times(_MASS_NG), (("mg", _TENTH), ("ug", _TENTH), ("ng", _ONE))
)
DOSE_RATE = Dimension(
    "a dose per time",
    "ng/day",
    "2.4 mg/day",
    {
        f"{m}/{t}": Fraction(ng * _DAY_S, s)
        for m, ng in _MASS_NG.items()
        for t, s in _TIME_S.items()
    },
    (("mg/day", _TENTH), ("ug/day", _TENTH), ("ng/day", _ONE)),
)
CONCENTRATION = Dimension(
    "a concentration",
    "ug/mL",
    "10 mg/mL",
    {
        f"{m}/{v}": Fraction(ng * _ML_PL, 10**3 * pl)
        for m, ng in _MASS_NG.items()
        for v, pl in _VOLUME_PL.items()
    },
    (("mg/mL", _TENTH), ("ug/mL", _ONE)),
)
VOLUME = Dimension(
    "a volume",
    "nL",
    "20 mL",
    _times(_VOLUME_PL, 10**3),
    (("mL", _TENTH), ("uL", _ONE), ("nL", _ONE)),
)
STROKE_VOLUME = Dimension(
    "a volume", "pL", "250 nL", _times(_VOLUME_PL), (("nL", _ONE), ("pL", _ONE))
)
FLOW = Dimension(
    "a flow",
    "nL/h",
    "0.5 mL/day",
    {
        f"{v}/{t}": Fraction(pl * 3600, 10**3 * s)
        for v, pl in _VOLUME_PL.items()
        for t, s in _TIME_S.items()
    },
    (("nL/h", _ONE),),
)
# No "day" here: "24 h" is what a window is called.
DURATION = Dimension(
    "a time",
    "s",
    "5 min",
    _times(_TIME_S),
    (("h", _ONE), ("min", _ONE), ("s", _ONE)),
    shown_whole=True,
)
PAUSE = Dimension(
    "a time",
    "min",
    "60 min",
    _times(_TIME_S, 60),
    (("h", _ONE), ("min", _ONE)),
    shown_whole=True,
)
LENGTH = Dimension(
    "a length", "mm", "40 cm", _times(_LENGTH_MM), (("cm", _TENTH), ("mm", _ONE))
)
VOLUME_PER_LENGTH = Dimension(
    "a volume per length",
    "nL/cm",
    "2.2 uL/cm",
    {
        f"{v}/{x}": Fraction(pl * 10, 10**3 * mm)
        for v, pl in _VOLUME_PL.items()
        for x, mm in _LENGTH_MM.items()
    },
    (("uL/cm", _TENTH), ("nL/cm", _ONE)),
)

_ALL = (DOSE, DOSE_RATE, CONCENTRATION, VOLUME, FLOW, DURATION, LENGTH, VOLUME_PER_LENGTH)


def parse(text: str, dimension: Dimension, field: str) -> int:
    """Return `text` as a whole number of `dimension.unit`, 0 to 4,294,967,295.

    Raises QuantityError naming `field`: no unit, a unit of another dimension or
    an unknown one, a negative number, not a whole number, too large.
    """
    found = _QUANTITY.fullmatch(_SLASH.sub("/", text))
    if found is None:
        reason = "has a comma; write a point" if _COMMA.match(text) else "is not a quantity"
        raise QuantityError(field, text, f'"{text}" {reason}, as in "{dimension.example}"')
    unit = found["unit"]
    if unit is None:
        raise QuantityError(
            field, text, f'"{text}" has no unit; write number and unit, as in "{dimension.example}"'
        )
    if unit not in dimension.factors:
        raise QuantityError(field, text, _wrong_unit(text, unit, dimension))
    if found["sign"] == "-":
        raise QuantityError(field, text, f'"{text}" is negative; write 0 or more')
    value = Fraction(Decimal(found["number"])) * dimension.factors[unit]
    if value > U32_MAX:
        most = show(U32_MAX, dimension)
        raise QuantityError(field, text, f'"{text}" is more than the pump can hold ({most})')
    if value.denominator != 1:
        raise QuantityError(
            field,
            text,
            f'"{text}" is {_decimal(value)} {dimension.unit}; '
            f"the pump counts whole {dimension.unit}: round it",
        )
    return value.numerator


def _wrong_unit(text: str, unit: str, dimension: Dimension) -> str:
    other = next((d.name for d in _ALL if unit in d.factors), None)
    found = f'"{text}" is {other}' if other else f'"{text}": unknown unit "{unit}"'
    return f'{found}; {dimension.name} is needed, as in "{dimension.example}"'


def show(value: int, dimension: Dimension) -> str:
    """Return `value` (of `dimension.unit`) exactly, in the unit people use at its size."""
    unit = _unit_at(value, dimension)
    return f"{_decimal(value / dimension.factors[unit])} {unit}"


def show_rounded(value: int, dimension: Dimension, decimals: int) -> str:
    """Return `value` in the unit people use at its size, rounded to nearest."""
    unit = _unit_at(value, dimension)
    return f"{_decimal(round(value / dimension.factors[unit], decimals))} {unit}"


def show_countdown(seconds: int) -> str:
    """Return a time that runs, such as "3 h 59 min 30 s"; "0 s" when over."""
    parts: list[str] = []
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count:,} {unit}")
    return " ".join(parts) or "0 s"


def _unit_at(value: int, dimension: Dimension) -> str:
    for unit, least in dimension.shown:
        size = dimension.factors[unit]
        fits = not value % size if dimension.shown_whole else value >= least * size
        if value and fits:
            return unit
    return dimension.shown[0][0]  # zero, in the unit one expects to read it in


def _decimal(value: Fraction) -> str:
    """Decimal digits with thousands separators; exact for all that the wire can hold."""
    text = f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
    whole, _, digits = text.partition(".")
    digits = digits.rstrip("0")
    return f"{int(whole):,}" + (f".{digits}" if digits else "")
