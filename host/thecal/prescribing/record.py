"""One prescription as the wire carries it; the names are those of `thecal_wire.prescription`."""

from dataclasses import astuple, dataclass

from thecal import wire
from thecal.errors import ProtocolMismatch
from thecal_wire import prescription as layout

SERIAL_MAX_CHARS = 11
DRUG_MAX_CHARS = 15
PAUSE_DEFAULT_MIN = 60
LOW_DEFAULT_NL = 2_000_000


@dataclass(frozen=True)
class Step:
    """One step of the basal rate: bit 0 of the weekdays is Monday, starts are quarter hours."""

    step_weekdays: int
    step_start_quarter: int
    basal_ng_per_day: int

    @property
    def is_whole_week(self) -> bool:
        """True if the step, standing alone, needs neither days nor start."""
        return (self.step_weekdays, self.step_start_quarter) == (layout.EVERY_DAY, 0)


@dataclass(frozen=True)
class Profile:
    """One profile of the patient bolus."""

    profile_start_quarter: int
    bolus_ng: int
    bolus_duration_s: int
    bolus_lockout_s: int
    bolus_count_per_24h: int


@dataclass(frozen=True)
class Prescription:
    """The fields of a prescription; 0 = none for the minimum, periodic bolus, limits, catheter.

    No profiles means no patient bolus.
    """

    device_serial: str
    drug: str
    concentration_ug_per_ml: int
    minimum_ng_per_day: int
    periodic_ng: int
    periodic_duration_s: int
    periodic_interval_s: int
    limit_1h_ng: int
    limit_4h_ng: int
    limit_24h_ng: int
    catheter_mm: int
    catheter_nl_per_cm: int
    internal_nl: int
    reservoir_low_nl: int
    pause_reminder_min: int
    steps: tuple[Step, ...]
    profiles: tuple[Profile, ...]

    @property
    def is_continuous(self) -> bool:
        """True if one rate holds all the time: `basal.rate` in the file."""
        return len(self.steps) == 1 and self.steps[0].is_whole_week

    @property
    def has_one_profile(self) -> bool:
        """True if one bolus holds all day: a plain table `patient_bolus` in the file."""
        return len(self.profiles) == 1 and self.profiles[0].profile_start_quarter == 0

    @property
    def catheter_nl(self) -> int:
        """Volume from the reservoir's outlet to the catheter's tip: the most to be primed."""
        return self.catheter_mm * self.catheter_nl_per_cm // 10 + self.internal_nl

    def to_bytes(self) -> bytes:
        """Return the record.

        Raises ValueError for a text that does not fit its field: struct would
        cut it in silence, and a cut serial is another pump's.
        """
        if len(self.device_serial) > SERIAL_MAX_CHARS or len(self.drug) > DRUG_MAX_CHARS:
            raise ValueError(f"text too long for the record: {self.device_serial}, {self.drug}")
        head = (
            layout.VERSION,
            0,  # flags
            self.device_serial.encode("ascii"),
            self.drug.encode("ascii"),
            *(getattr(self, name) for name in layout.HEAD_FIELDS[4:]),
        )
        steps = [astuple(step) for step in self.steps]
        return wire.pack_prescription(head, steps, [astuple(entry) for entry in self.profiles])

    @classmethod
    def from_bytes(cls, record: bytes) -> "Prescription":
        """Take a record apart; ProtocolMismatch for a length or version not known here."""
        if record and record[0] != layout.VERSION:
            raise ProtocolMismatch(f"the pump's prescription record has version {record[0]}")
        fields = wire.unpack_prescription(record)
        if fields is None:
            raise ProtocolMismatch(f"the pump's prescription record has {len(record)} bytes")
        del fields["version"], fields["flags"]
        texts = {name: wire.text_of(fields.pop(name)) for name in ("device_serial", "drug")}
        steps = tuple(Step(*step) for step in fields.pop("steps"))
        profiles = tuple(Profile(*profile) for profile in fields.pop("profiles"))
        return cls(**texts, **fields, steps=steps, profiles=profiles)
