"""What a pump answers, as small values; field names carry their units."""

from collections.abc import Iterable
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
    lasted_s: int | None = None  # None where the answer does not tell


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
        """As in thecal_wire.codes.MODES, such as `running`."""
        return wire.name_of(codes.MODES, self.mode)

    @property
    def active_alarms(self) -> list[Alarm]:
        """The active alarms, most urgent first."""
        found = [alarm_of(code) for code in wire.alarm_codes(self.alarms)]
        return most_urgent_first(found)

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


NO_REFILL = 0xFFFFFFFF  # refill_in_h of a pump through which nothing flows


@dataclass(frozen=True)
class Therapy:
    """Doses, volumes and the last dose command, as in thecal_wire.messages.THERAPY_FIELDS."""

    counter: int
    dose_1h_ng: int
    dose_4h_ng: int
    dose_24h_ng: int
    commanded_nl: int
    measured_nl: int
    utc_offset_min: int
    refill_in_h: int
    clinician_left_nl: int
    clinician_left_s: int
    prime_left_nl: int
    primed_nl: int
    estimated_stroke_pl: int
    battery_mv: int
    temperature_cdegc: int
    profile: int


@dataclass(frozen=True)
class Refilled:
    """What the pump expected to be withdrawn, and whether that was not so; None = not told."""

    expected_nl: int | None
    mismatch: bool | None


@dataclass(frozen=True)
class Given:
    """A dose command that the pump accepted; `bolus_id` None if only its state told so."""

    counter: int
    bolus_id: int | None

    @property
    def reply_was_lost(self) -> bool:
        """True if no reply told, but the counter that the pump keeps."""
        return self.bolus_id is None


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


def most_urgent_first(alarms: Iterable[Alarm]) -> list[Alarm]:
    """Return alarms by priority; unknown ones count as high."""
    return sorted(alarms, key=lambda alarm: -_urgency(alarm.code))


def alarm_of(code: int, *, latched: bool | None = None, lasted_s: int | None = None) -> Alarm:
    """Return what thecal_wire.codes knows of an alarm; `latched` as the pump says, if it does."""
    entry = codes.ALARMS.get(code)
    if entry is None:
        # Not known here, so nobody can say that it is harmless.
        action = "This host does not know the alarm: have the pump examined."
        return Alarm(code, wire.alarm_name(code), "unknown", True, action, lasted_s)
    name, priority, _rate, latches, action = entry
    return Alarm(
        code,
        name,
        wire.name_of(codes.PRIORITIES, priority),
        latches if latched is None else latched,
        action,
        lasted_s,
    )


def _urgency(code: int) -> int:
    entry = codes.ALARMS.get(code)
    return entry[1] if entry else codes.HIGH
