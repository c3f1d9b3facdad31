"""Reads a prescription file: TOML, every quantity a string with its unit.

    [device] serial   [drug] name, concentration   [basal] rate
    [patient_bolus] dose, duration, lockout, count_per_24h (no table: no patient bolus)
    [limits] dose, window

All problems are collected before any is reported, so that a file is mended in
one go.
"""

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from thecal import units
from thecal.errors import PrescriptionError, Problem, QuantityError
from thecal.prescribing import rules
from thecal.prescribing.record import LOOKS, Prescription

_NAME_OF_PLACE = {look.place: name for name, look in LOOKS.items()}
_FIELDS_OF_TABLE: dict[str, list[str]] = {}
for _place in _NAME_OF_PLACE:
    _table, _key = _place.split(".")
    _FIELDS_OF_TABLE.setdefault(_table, []).append(_key)

_NO_BOLUS = {
    "bolus_ng": 0,
    "bolus_duration_s": 0,
    "bolus_lockout_s": 0,
    "bolus_count_per_24h": 0,
}
_COUNT_MAX = 0xFFFF


def read_prescription(path: str | Path) -> Prescription:
    """Return the prescription in the file `path`, checked by the host's rules.

    Raises PrescriptionError with every problem: an unreadable file, broken
    TOML, unknown, missing or mistyped fields, quantities without a unit, and
    values that break a rule.
    """
    document = _load(Path(path))
    values, problems = _fields(document)
    problems += rules.check_fields(values)
    if problems:
        raise PrescriptionError(str(path), problems)
    return Prescription(**values)


def _load(path: Path) -> dict[str, Any]:
    def fail(text: str) -> PrescriptionError:
        return PrescriptionError(str(path), [Problem("", text)])

    try:
        raw = path.read_bytes()
    except OSError as error:
        raise fail(f"cannot be read ({error.strerror}); give the path of a file") from error
    try:
        return tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise fail(f"line {line} is not UTF-8 text; save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise fail(f"is not valid TOML: {error}; mend that line") from error


def _fields(document: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Return the values by record field, as far as they can be read, and what is wrong."""
    values: dict[str, Any] = {}
    problems = _unknown("", "table", document, _FIELDS_OF_TABLE)
    for table, keys in _FIELDS_OF_TABLE.items():
        if table not in document:
            if table == "patient_bolus":
                values |= _NO_BOLUS
            else:
                problems.append(Problem(f"[{table}]", f"table missing; add it with {_and(keys)}"))
            continue
        content = document[table]
        if not isinstance(content, dict):
            problems.append(Problem(table, f"is not a table; write it as [{table}]"))
            continue
        content = cast(dict[str, Any], content)
        problems += _unknown(f"{table}.", "field", content, keys)
        for key in keys:
            place = f"{table}.{key}"
            if key not in content:
                problems.append(Problem(place, f"missing; write it as in {_example(place)}"))
                continue
            value = _value(place, content[key])
            if isinstance(value, Problem):
                problems.append(value)
            else:
                values[_NAME_OF_PLACE[place]] = value
    return values, problems


def _unknown(
    prefix: str, what: str, found: Iterable[str], known: Iterable[str]
) -> list[Problem]:
    problems: list[Problem] = []
    for name in found:
        if name in known:
            continue
        near = difflib.get_close_matches(name, known, 1)
        advice = f'did you mean "{near[0]}"?' if near else f"known here: {_and(known)}"
        problems.append(Problem(f"{prefix}{name}", f"unknown {what}; {advice}"))
    return problems


def _value(place: str, found: object) -> int | str | Problem:
    """Return one value in the record's unit, or what is wrong with it."""
    name = _NAME_OF_PLACE[place]
    dimension = LOOKS[name].dimension
    if name == "bolus_count_per_24h":
        # bool is an int in Python, and `true` is no count.
        if not isinstance(found, int) or isinstance(found, bool):
            return Problem(place, f"{_toml(found)} is not a whole number; write it without quotes")
        if not 0 <= found <= _COUNT_MAX:
            return Problem(place, f"{found} is out of range; write 1 to 24")
        return found
    if not isinstance(found, str):
        return Problem(place, f"{_toml(found)} is not a text; write it as in {_example(place)}")
    if dimension is None:
        return found
    try:
        return units.parse(found, dimension, place)
    except QuantityError as error:
        return Problem(place, error.reason)


def _example(place: str) -> str:
    key = place.split(".")[1]
    dimension = LOOKS[_NAME_OF_PLACE[place]].dimension
    if dimension is not None:
        return f'{key} = "{dimension.example}"'
    return {"serial": 'serial = "TV000001"', "name": 'name = "morphine"'}.get(key, f"{key} = 4")


def _toml(value: object) -> str:
    """The value as the file writes it, as far as a message needs it."""
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


def _and(names: Iterable[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last
