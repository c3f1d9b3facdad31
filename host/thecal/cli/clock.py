"""`thecal clock`: a pump's wall time beside this computer's; `thecal clock set`."""

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

import click

from thecal.cli.common import (
    Pump,
    connected,
    json_option,
    port_option,
    print_facts,
    print_json,
    print_result,
)
from thecal.device.answers import Status
from thecal.errors import DeviceRefused
from thecal.units import show_countdown
from thecal_wire import codes

OFFSET_MAX_MIN = 14 * 60
_WALL_MAX_S = 0xFFFFFFFF


class Setting(NamedTuple):
    """What a clock is set to."""

    wall_s: int
    utc_offset_min: int


@click.group(invoke_without_command=True)
@port_option
@json_option
@click.pass_context
def clock(context: click.Context, port: str | None, as_json: bool) -> None:
    """Show a pump's wall time, its offset from UTC and how far this computer is from it."""
    if context.invoked_subcommand is not None:
        context.obj = (port, as_json)
        return
    with connected(port) as pump:
        status, now_s = pump.client.status(), time.time()
        offset = _offset_min(pump)
    ahead_s = status.wall_s - int(now_s) if status.wall_s else None
    if as_json:
        print_json(
            {
                "serial": pump.hello.serial,
                "wall_s": status.wall_s,
                "wall": status.wall,
                "utc_offset_min": offset,
                "ahead_s": ahead_s,
            }
        )
        return
    shown = "not told without a prescription" if offset is None else show_offset(offset)
    print_facts(
        [
            ("pump", local_time(status, offset)),
            ("offset", shown),
            ("this computer", _show(int(now_s), _own_offset_min(int(now_s)))),
            ("difference", difference(ahead_s)),
        ]
    )


@clock.command("set")
@click.option("--time", "moment", metavar="ISO", help='Such as "2026-03-29T08:30" (default: now).')
@click.option("--offset", type=int, metavar="MIN", help="Minutes ahead of UTC (default: as here).")
@port_option
@json_option
@click.pass_context
def set_(
    context: click.Context,
    moment: str | None,
    offset: int | None,
    port: str | None,
    as_json: bool,
) -> None:
    """Set a pump's wall time and its offset from UTC, by default to this computer's.

    Lockout and limits do not notice. The rate becomes the lower of the two that
    old and new time ask for, until the next step starts.
    """
    outer_port, outer_json = context.obj
    if moment is not None or offset is not None:
        setting(moment, offset)  # a mistake is told before a port is opened
    with connected(port or outer_port) as pump:
        new = setting(moment, offset)
        pump.client.set_clock(*new)
    print_result(
        {"serial": pump.hello.serial} | new._asdict(),
        f"Pump {pump.hello.serial} is set to {_show(*new)}.",
        as_json=as_json or outer_json,
    )


def setting(moment: str | None, offset: int | None) -> Setting:
    """Return what `--time` and `--offset` mean; BadParameter if they mean nothing."""
    if offset is not None and not -OFFSET_MAX_MIN <= offset <= OFFSET_MAX_MIN:
        text = f"{offset} is out of range; write {-OFFSET_MAX_MIN} to {OFFSET_MAX_MIN}"
        raise click.BadParameter(text, param_hint="--offset")
    if moment is None:
        now_s = int(time.time())
        return Setting(now_s, _own_offset_min(now_s) if offset is None else offset)
    try:
        when = datetime.fromisoformat(moment)
    except ValueError:
        text = f'"{moment}" is no time; write it as in "2026-03-29T08:30+02:00"'
        raise click.BadParameter(text, param_hint="--time") from None
    if when.tzinfo is None:
        # A time without a zone is the local one: of the offset given, or of this computer.
        zone = None if offset is None else timezone(timedelta(minutes=offset))
        when = when.astimezone() if zone is None else when.replace(tzinfo=zone)
    wall_s = int(when.timestamp())
    if not 1 <= wall_s <= _WALL_MAX_S:
        text = f'"{moment}" is outside what the pump can hold, 1970 to 2106'
        raise click.BadParameter(text, param_hint="--time")
    own = when.utcoffset() or timedelta()
    return Setting(wall_s, int(own.total_seconds()) // 60 if offset is None else offset)


def local_time(status: Status, offset_min: int | None) -> str:
    """Return a pump's wall time as its users read it."""
    if not status.wall_s:
        return "not set; set it: thecal clock set"
    return _show(status.wall_s, offset_min or 0) if offset_min is not None else f"{status.wall}"


def difference(ahead_s: int | None) -> str:
    """Say how far a pump's clock is from this computer's."""
    if ahead_s is None:
        return "-"
    if not ahead_s:
        return "none"
    return f"{show_countdown(abs(ahead_s))} {'ahead of' if ahead_s > 0 else 'behind'} this computer"


def show_offset(offset_min: int) -> str:
    """Return an offset as in "+01:30"."""
    hours, minutes = divmod(abs(offset_min), 60)
    return f"{'-' if offset_min < 0 else '+'}{hours:02d}:{minutes:02d}"


def _show(wall_s: int, offset_min: int) -> str:
    local = datetime.fromtimestamp(wall_s, UTC) + timedelta(minutes=offset_min)
    return f"{local:%Y-%m-%d %H:%M:%S} ({show_offset(offset_min)})"


def _own_offset_min(wall_s: int) -> int:
    own = datetime.fromtimestamp(wall_s).astimezone().utcoffset() or timedelta()
    return int(own.total_seconds()) // 60


def _offset_min(pump: Pump) -> int | None:
    try:
        return pump.client.therapy().utc_offset_min
    except DeviceRefused as refused:
        if refused.code != codes.NO_PRESCRIPTION:
            raise
        return None
