"""What a pump answers, as small values; field names carry their units."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from thecal import wire
from thecal_wire import codes


@dataclass(frozen=True)
class Hello:
    """Who the pump is."""

    protocol: int
    version: str
    serial: str
    boot: int
    reset_cause: str
    build: str
    runtime: str


@dataclass(frozen=True)
class Alarm:
    """An active alarm: its entry in thecal_wire.codes."""

    code: int
    name: str
    priority: str
    latched: bool
    action: str


@dataclass(frozen=True)
class Status:
    """The pump's state, as in thecal_wire.messages.STATUS_FIELDS.

    `alarms` is a bit mask (bit `code`), `wall_s` Unix time or 0 if not known.
    """

    mode: int
    reset_cause: int
    alarms: int
    mono_s: int
    boot: int
    wall_s: int
    tally_strokes: int
    rate_nl_per_h: int
    reservoir_nl: int
    bolus_left_s: int
    lockout_left_s: int
    granted_24h: int
    dose_in_window_ng: int
    dose_limit_ng: int
    bolus_id: int
    generation: int
    prescription_crc32: int
    frames_dropped: int
    bytes_dropped: int
    log_next_seq: int
    stroke_pl: int

    @property
    def mode_name(self) -> str:
        """`stopped`, `running`, `bolus` or `safe`."""
        return wire.name_of(codes.MODES, self.mode)

    @property
    def active_alarms(self) -> list[Alarm]:
        """The active alarms, most urgent first."""
        found = [_alarm(code) for code in wire.alarm_codes(self.alarms)]
        return sorted(found, key=lambda alarm: -_urgency(alarm.code))

    @property
    def in_fault(self) -> bool:
        """True in safe mode, or while an alarm waits for a clinician."""
        return self.mode == codes.SAFE or any(alarm.latched for alarm in self.active_alarms)

    @property
    def wall(self) -> str | None:
        """The pump's wall clock as ISO 8601 UTC, None if it is not set."""
        return iso_utc(self.wall_s)

    def as_json(self) -> dict[str, Any]:
        """All fields, with names beside the numbers that need one."""
        return asdict(self) | {
            "mode": self.mode_name,
            "reset_cause": wire.name_of(codes.RESETS, self.reset_cause),
            "alarms": [asdict(alarm) for alarm in self.active_alarms],
            "wall": self.wall,
            "in_fault": self.in_fault,
        }


@dataclass(frozen=True)
class Active:
    """The prescription in force: generation 0 and no record if there is none."""

    generation: int
    prescription_crc32: int
    record: bytes | None


@dataclass(frozen=True)
class LogInfo:
    """The event ring: `first_slot` holds the oldest record, `next_slot` is written next."""

    slots: int
    first_slot: int
    next_slot: int
    next_seq: int
    record_bytes: int


def iso_utc(wall_s: int) -> str | None:
    """Return Unix time as ISO 8601 UTC, None for 0 (not known)."""
    if not wall_s:
        return None
    return datetime.fromtimestamp(wall_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _urgency(code: int) -> int:
    entry = codes.ALARMS.get(code)
    return entry[1] if entry else codes.HIGH


def _alarm(code: int) -> Alarm:
    entry = codes.ALARMS.get(code)
    if entry is None:
        # Not known here, so nobody can say that it is harmless.
        action = "This host does not know the alarm: have the pump examined."
        return Alarm(code, wire.alarm_name(code), "unknown", True, action)
    name, priority, _rate, latched, action = entry
    return Alarm(code, name, wire.name_of(codes.PRIORITIES, priority), latched, action)
