"""`thecal log read`: the whole event log of a pump, decoded, one record a line."""

import json
from collections.abc import Iterable
from pathlib import Path

import click
from rich.progress import Progress

from thecal.archive.reader import History, RingImage, put_together, read_ring
from thecal.cli.common import ERR, Pump, connected, json_option, port_option, print_result
from thecal.errors import FileUnusable


@click.group()
def log() -> None:
    """Read the event log of a pump."""


@log.command()
@port_option
@click.option("-o", "--output", required=True, metavar="FILE", help="JSON lines, one per record.")
@click.option("--raw", metavar="FILE", help="Keep the raw slots too, 32 bytes each.")
@json_option
def read(port: str | None, output: str, raw: str | None, as_json: bool) -> None:
    """Read the whole event log into FILE, and say what is missing from it."""
    with connected(port) as pump:
        image = _read_ring(pump)
    # The raw bytes first: they are kept even if a record cannot be decoded.
    if raw is not None:
        _write(raw, [image.raw])
    history = put_together(image)
    lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in history.decoded())
    _write(output, (line.encode() for line in lines))
    summary = {
        "serial": pump.hello.serial,
        "file": output,
        "records": len(history.records),
        "first_seq": history.first_seq,
        "next_seq": image.next_seq,
        "gaps": [{"first_seq": gap.first_seq, "last_seq": gap.last_seq} for gap in history.gaps],
        "missing": history.missing,
        "torn": history.torn,
        "repeated": history.repeated,
    }
    print_result(summary, _sentence(history), as_json=as_json)


def _sentence(history: History) -> str:
    count = len(history.records)
    parts = [f"{count:,} records from number {history.first_seq:,} on" if count else "no records"]
    parts.append(f"{len(history.gaps)} gaps ({history.missing:,} records missing)")
    parts.append(f"{history.torn} torn")
    if history.repeated:
        parts.append(f"{history.repeated} repeated")
    return ", ".join(parts)


def _read_ring(pump: Pump) -> RingImage:
    if not ERR.is_terminal:
        return read_ring(pump.client)
    with Progress(console=ERR, transient=True) as bar:
        task = bar.add_task("reading", total=None)
        return read_ring(
            pump.client, lambda done, total: bar.update(task, completed=done, total=total)
        )


def _write(path: str, pieces: Iterable[bytes]) -> None:
    """Write a file whole or not at all: a part of a log must not pass for the log."""
    part = Path(path + ".part")
    try:
        with part.open("wb") as file:
            file.writelines(pieces)
        part.replace(path)
    except OSError as error:
        raise FileUnusable(f"{path} cannot be written: {error.strerror}; choose another") from error
    finally:
        part.unlink(missing_ok=True)
