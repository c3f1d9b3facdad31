"""Reads a prescription file: TOML, every quantity a string with its unit.

    [device] serial   [drug] name, concentration
    [basal] rate, or [[basal.steps]] start, rate, days; minimum
    [periodic_bolus] dose, duration, interval
    [patient_bolus] dose, duration, lockout, count_per_24h, or
    [[patient_bolus.profiles]] the same with start (no table: no patient bolus)
    [limits] dose_1h, dose_4h, dose_24h   [catheter] length, volume_per_cm, internal
    [reservoir] low   [reminder] pause

All problems are collected before any is reported, so that a file is mended in
one go. The shape is in tables.py.
"""

import difflib
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

from thecal.errors import PrescriptionError, Problem
from thecal.prescribing import rules
from thecal.prescribing.record import Prescription, Profile, Step
from thecal.prescribing.tables import ENTRIES, TABLES, WITHOUT, Entries, Key, entries_of
from thecal.prescribing.value import example, read_value


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
    steps = tuple(Step(**step) for step in values.pop("steps"))
    profiles = tuple(Profile(**profile) for profile in values.pop("profiles"))
    return Prescription(**values, steps=steps, profiles=profiles)


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
    problems = _unknown("", "table", document, TABLES)
    for table, keys in TABLES.items():
        entries = entries_of(table)
        if table not in document:
            if table in WITHOUT:
                values |= WITHOUT[table]
            else:
                wanted = [key.key for key in keys if key.default is None]
                wanted += entries.alone if entries else ()
                problems.append(Problem(f"[{table}]", f"table missing; add it with {_and(wanted)}"))
            continue
        content = document[table]
        if not isinstance(content, dict):
            problems.append(Problem(table, f"is not a table; write it as [{table}]"))
            continue
        content = cast(dict[str, Any], content)
        known = [key.key for key in keys]
        if entries is not None:
            known += [entries.several, *entries.alone]
        problems += _unknown(f"{table}.", "field", content, known)
        values |= _read(table, keys, content, problems)
        if entries is not None:
            values |= _read_entries(entries, content, problems)
    return values, problems


def _read(
    place: str, keys: Sequence[Key], content: dict[str, Any], problems: list[Problem]
) -> dict[str, Any]:
    """Return the values of a table's keys; add to `problems` what is wrong with the others."""
    values: dict[str, Any] = {}
    for key in keys:
        here = f"{place}.{key.key}"
        if key.key not in content:
            if key.default is None:
                problems.append(Problem(here, f"missing; write it as in {example(key.field)}"))
            else:
                values[key.field] = key.default
            continue
        value = read_value(key.field, here, content[key.key])
        if isinstance(value, Problem):
            problems.append(value)
        else:
            values[key.field] = value
    return values


def _read_entries(
    entries: Entries, content: dict[str, Any], problems: list[Problem]
) -> dict[str, Any]:
    table, several = entries.table, entries.several
    name = next(name for name, known in ENTRIES.items() if known is entries)
    if several not in content:
        keys = [key for key in entries.keys if key.key in entries.alone]
        return {name: [entries.fixed | _read(table, keys, content, problems)]}
    problems += [
        Problem(f"{table}.{key}", f"stands beside {table}.{several}; write one or the other")
        for key in entries.alone
        if key in content
    ]
    found = content[several]
    if not isinstance(found, list) or not found:
        text = f"is not a list of tables; write each as [[{table}.{several}]]"
        problems.append(Problem(f"{table}.{several}", text))
        return {}
    values: list[dict[str, Any]] = []
    for number, entry in enumerate(cast(list[object], found), 1):
        place = f"{table}.{several}[{number}]"
        if not isinstance(entry, dict):
            text = f"is not a table; write it as [[{table}.{several}]]"
            problems.append(Problem(place, text))
            values.append({})
            continue
        entry = cast(dict[str, Any], entry)
        known = [key.key for key in entries.keys]
        problems += _unknown(f"{place}.", "field", entry, known)
        values.append(_read(place, entries.keys, entry, problems))
    return {name: values}


def _unknown(
    prefix: str, what: str, found: Iterable[str], known: Iterable[str]
) -> list[Problem]:
    problems: list[Problem] = []
    for name in found:
        if name in known:
            continue
        near = difflib.get_close_matches(name, list(known), 1)
        advice = f'did you mean "{near[0]}"?' if near else f"known here: {_and(known)}"
        problems.append(Problem(f"{prefix}{name}", f"unknown {what}; {advice}"))
    return problems


def _and(names: Iterable[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} and {last}" if rest else last
