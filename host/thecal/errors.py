"""Everything that can go wrong on the host, one class per cause.

Each error keeps its facts as fields, so that nobody reads them out of a text,
and its message ends with what to do. `ExitCode` is the only table of exit codes.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import ClassVar, NamedTuple


class ExitCode(IntEnum):
    """What a `thecal` command tells the shell."""

    DONE = 0
    DEVICE = 1  # the device refused or is in fault
    USAGE = 2  # a wrong command line or a bad prescription file
    ENVIRONMENT = 3  # no port, the port vanished, no tool
    PROTOCOL = 4  # protocol or version mismatch
    UNCERTAIN = 5  # nobody knows whether a dose command took effect
    INTERRUPTED = 130


class Problem(NamedTuple):
    """One thing wrong with a prescription: `field` as in the file, and what to do."""

    field: str
    text: str


class ThecalError(Exception):
    """Root of all expected errors; `lines` is what a person sees of it."""

    exit_code: ClassVar[ExitCode]

    def lines(self) -> list[str]:
        """The message, one entry per line."""
        return [str(self)]


# --- 1: the device -----------------------------------------------------------
class DeviceRefused(ThecalError):
    """The pump answered a command with an error.

    `code` and `name` as in thecal_wire.codes; `field`, `value` and `limit` as
    the pump sent them (their meaning depends on the code).
    """

    exit_code = ExitCode.DEVICE

    def __init__(
        self,
        command: str,
        *,
        code: int,
        name: str,
        field: int,
        value: int,
        limit: int,
        detail: str,
        hint: str,
    ) -> None:
        self.command, self.code, self.name = command, code, name
        self.field, self.value, self.limit = field, value, limit
        self.detail, self.hint = detail, hint
        about = f" ({detail})" if detail else ""
        super().__init__(f"the pump refused {command}: {name}{about}; {hint}")


class NotGiven(ThecalError):
    """A dose command that never took effect: the reply was lost, and the pump's counter says so."""

    exit_code = ExitCode.DEVICE

    def __init__(self, command: str, counter: int) -> None:
        self.command, self.counter = command, counter
        super().__init__(
            f"the {command} was NOT GIVEN: no reply came, and the pump has not accepted order "
            f"{counter}; look with `thecal status`, then order it anew"
        )


# --- 2: usage ----------------------------------------------------------------
class QuantityError(ThecalError):
    """A quantity that is not a whole number of the pump's unit, or has none."""

    exit_code = ExitCode.USAGE

    def __init__(self, field: str, text: str, reason: str) -> None:
        self.field, self.text, self.reason = field, text, reason
        super().__init__(f"{field}: {reason}")


class PrescriptionError(ThecalError):
    """A prescription file that cannot be used, with every problem found in it."""

    exit_code = ExitCode.USAGE

    def __init__(self, path: str, problems: Sequence[Problem]) -> None:
        self.path, self.problems = path, tuple(problems)
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        return [
            ": ".join(part for part in (self.path, problem.field, problem.text) if part)
            for problem in self.problems
        ]


class NeedsAnswer(ThecalError):
    """A question must be answered, and nobody is at the terminal."""

    exit_code = ExitCode.USAGE


class Declined(ThecalError):
    """The person at the terminal said no; nothing was sent."""

    exit_code = ExitCode.INTERRUPTED


# --- 3: the environment ------------------------------------------------------
class NoPump(ThecalError):
    """No pump was found, or not the one that was named."""

    exit_code = ExitCode.ENVIRONMENT


class SeveralPumps(ThecalError):
    """More than one pump is connected and none was named."""

    exit_code = ExitCode.ENVIRONMENT

    def __init__(self, ports: Sequence[str]) -> None:
        self.ports = tuple(ports)
        super().__init__(
            f"{len(ports)} pumps are connected: {', '.join(ports)}; choose one with -p PORT"
        )


class PortUnusable(ThecalError):
    """A port that cannot be opened; `busy` if another program holds it."""

    exit_code = ExitCode.ENVIRONMENT

    def __init__(self, port: str, reason: str, advice: str, *, busy: bool) -> None:
        self.port, self.reason, self.busy = port, reason, busy
        super().__init__(f"{port} cannot be opened: {reason}; {advice}")


class ToolMissing(ThecalError):
    """Something that this command starts is not installed here."""

    exit_code = ExitCode.ENVIRONMENT


class FileUnusable(ThecalError):
    """A file that cannot be written."""

    exit_code = ExitCode.ENVIRONMENT


class LinkError(ThecalError):
    """No usable reply came back; `sent` tells whether the request may have arrived."""

    sent = True


class PortGone(LinkError):
    """The port vanished: unplugged, or the pump's process ended; `reason` is the system's."""

    exit_code = ExitCode.ENVIRONMENT

    def __init__(self, port: str, reason: str, *, sent: bool) -> None:
        self.port, self.reason, self.sent = port, reason, sent
        super().__init__(f"{port} is gone; reconnect the pump, then look with `thecal status`")


class NoReply(LinkError):
    """The pump did not answer in time."""

    exit_code = ExitCode.ENVIRONMENT

    def __init__(self, port: str, command: str, timeout_s: float) -> None:
        self.port, self.command, self.timeout_s = port, command, timeout_s
        super().__init__(
            f"no answer to {command} from {port} within {timeout_s:g} s; "
            "check that this is the pump and that it is powered"
        )


class DamagedReply(LinkError):
    """A block of raw bytes arrived with a wrong CRC."""

    exit_code = ExitCode.ENVIRONMENT

    def __init__(self, port: str, command: str) -> None:
        self.port, self.command = port, command
        super().__init__(f"the answer to {command} from {port} was damaged; try again")


# --- 4: protocol -------------------------------------------------------------
class ProtocolMismatch(LinkError):
    """Pump and host do not speak the same protocol."""

    exit_code = ExitCode.PROTOCOL

    def __init__(self, found: str) -> None:
        super().__init__(f"{found}; install the host tools that match the pump's firmware")


class UnknownRecord(ThecalError):
    """A log record whose type or version this host does not know."""

    exit_code = ExitCode.PROTOCOL

    def __init__(self, seq: int, kind: int, version: int) -> None:
        self.seq, self.kind, self.version = seq, kind, version
        super().__init__(
            f"log record {seq} has unknown type {kind}, version {version}; "
            "install the host tools that match the pump's firmware"
        )


# --- 5: uncertain ------------------------------------------------------------
class OutcomeUncertain(ThecalError):
    """A command that changes the dose may or may not have taken effect."""

    exit_code = ExitCode.UNCERTAIN

    def __init__(self, command: str, why: str) -> None:
        self.command, self.why = command, why
        super().__init__(
            f"it is UNCERTAIN whether the pump carried out {command} ({why}); "
            "do not repeat it: read `thecal status` first"
        )
