"""Reads one value of a prescription file, or says what is wrong with it."""

import re
from typing import Any, cast

from thecal import units
from thecal.errors import Problem, QuantityError
from thecal.prescribing.looks import DAYS, LOOKS, show_quarter

_COUNT_MAX = 0xFF
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})")
_QUARTER_MIN = 15
_STARTS = ("step_start_quarter", "profile_start_quarter")
_EXAMPLES = {
    "device_serial": 'serial = "TV000001"',
    "drug": 'name = "morphine"',
    "step_weekdays": 'days = ["mon", "tue"]',
    "step_start_quarter": 'start = "06:00"',
    "profile_start_quarter": 'start = "06:00"',
    "bolus_count_per_24h": "count_per_24h = 4",
}


def read_value(field: str, place: str, found: object) -> int | str | Problem:
    """Return the value of a record's field in the record's unit, or the problem at `place`."""
    if field == "bolus_count_per_24h":
        return _count(place, found)
    if field == "step_weekdays":
        return _weekdays(place, found)
    if not isinstance(found, str):
        return Problem(place, f"{_toml(found)} is not a text; write it as in {example(field)}")
    if field in _STARTS:
        return _quarter(place, found)
    dimension = LOOKS[field].dimension
    if dimension is None:
        return found
    try:
        return units.parse(found, dimension, place)
    except QuantityError as error:
        return Problem(place, error.reason)


def example(field: str) -> str:
    """Return a line of a file that sets a field."""
    if field in _EXAMPLES:
        return _EXAMPLES[field]
    dimension = LOOKS[field].dimension
    assert dimension is not None
    return f'{LOOKS[field].place.rsplit(".", 1)[1]} = "{dimension.example}"'


def _count(place: str, found: object) -> int | Problem:
    # bool is an int in Python, and `true` is no count.
    if not isinstance(found, int) or isinstance(found, bool):
        return Problem(place, f"{_toml(found)} is not a whole number; write it without quotes")
    if not 0 <= found <= _COUNT_MAX:
        return Problem(place, f"{found} is out of range; write 1 to 24")
    return found


def _quarter(place: str, found: str) -> int | Problem:
    parts = _TIME.fullmatch(found.strip())
    if parts is None or int(parts[1]) > 23 or int(parts[2]) > 59:
        text = f'"{found}" is no time of day; write "00:00" to "23:45"'
        return Problem(place, text)
    quarter, rest = divmod(60 * int(parts[1]) + int(parts[2]), _QUARTER_MIN)
    if rest:
        near = show_quarter(quarter)
        after = show_quarter((quarter + 1) % (24 * 60 // _QUARTER_MIN))
        text = f'"{found}" is not a whole quarter hour; write "{near}" or "{after}"'
        return Problem(place, text)
    return quarter


def _weekdays(place: str, found: Any) -> int | Problem:
    days = cast(list[object], found) if isinstance(found, list) else []
    if not days:
        text = f"{_toml(found)} is not a list of days; write it as in {example('step_weekdays')}"
        return Problem(place, text)
    weekdays = 0
    for day in days:
        if day not in DAYS:
            return Problem(place, f"{_toml(day)} is no day; write {', '.join(DAYS)}")
        bit = 1 << DAYS.index(day)
        if weekdays & bit:
            return Problem(place, f"{_toml(day)} is there twice; write it once")
        weekdays |= bit
    return weekdays


def _toml(value: Any) -> str:
    """The value as the file writes it, as far as a message needs it."""
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')
