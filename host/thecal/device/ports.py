"""Finds pumps: virtual ones by the files their rigs leave, real ones on USB."""

import json
import logging
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serial.tools import list_ports

from thecal.errors import NoPump, SeveralPumps

_log = logging.getLogger(__name__)

RASPBERRY_PI_VID = 0x2E8A
_ID = "id:"


@dataclass(frozen=True)
class PumpPort:
    """A port with a pump on it: `kind` is `virtual` or `usb`; `pid` of a virtual one's rig."""

    port: str
    serial: str
    kind: str
    pid: int | None = None


def virtual_folder() -> Path:
    """Where the rigs of virtual pumps say that they run."""
    return Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / "thecal"


def find_pumps() -> list[PumpPort]:
    """Return all pumps found, virtual ones first."""
    return find_virtual(virtual_folder()) + find_usb()


def find_virtual(folder: Path) -> list[PumpPort]:
    """Return the virtual pumps whose rig is alive; a file that cannot be read is warned of."""
    found: list[PumpPort] = []
    for path in sorted(folder.glob("*.json")):
        try:
            fields: dict[str, Any] = json.loads(path.read_text())
            pump = PumpPort(
                str(fields["port"]), str(fields["serial"]), "virtual", int(fields["pid"])
            )
        except FileNotFoundError:
            continue  # its rig ended just now
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("%s does not describe a virtual pump (%r); delete it", path, error)
            continue
        if pump.pid is not None and _is_alive(pump.pid):
            found.append(pump)
    return found


def find_usb() -> list[PumpPort]:
    """Return the USB serial ports of Raspberry Pi boards, by their USB serial."""
    return [
        PumpPort(info.device, info.serial_number or "", "usb")
        for info in list_ports.comports()
        if info.vid == RASPBERRY_PI_VID
    ]


def choose(wanted: str | None) -> str:
    """Return the path or URL of the pump that `-p` names, or of the only one.

    `wanted` is a path, `id:<serial>` or an `rfc2217://` URL. Raises NoPump, or
    SeveralPumps: a pump is never picked from two.
    """
    if wanted is not None and not wanted.startswith(_ID):
        return wanted
    pumps = find_pumps()
    if wanted is None:
        return _only(pumps).port
    serial = wanted.removeprefix(_ID)
    matching = [pump for pump in pumps if pump.serial == serial]
    if not matching:
        there = ", ".join(pump.serial for pump in pumps) or "none"
        raise NoPump(f'no pump has the serial "{serial}" (found: {there}); see `thecal ports`')
    return _only(matching).port


def _only(pumps: Iterable[PumpPort]) -> PumpPort:
    found = list(pumps)
    if not found:
        raise NoPump("no pump found; connect one, or start a virtual one: `thecal virtual`")
    if len(found) > 1:
        raise SeveralPumps([f"{pump.port} ({pump.serial})" for pump in found])
    return found[0]


def _is_alive(pid: int) -> bool:
    if pid <= 0:  # os.kill would address a whole process group
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it runs, as another user
    return True
