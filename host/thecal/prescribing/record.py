"""One prescription as the wire carries it, with what each field is called and measured in."""

from dataclasses import dataclass

from thecal import units, wire
from thecal.errors import ProtocolMismatch
from thecal.units import Dimension
from thecal_wire import prescription as layout

SERIAL_MAX_CHARS = 11
DRUG_MAX_CHARS = 15


@dataclass(frozen=True)
class Prescription:
    """The fields of a prescription; units in the names, `bolus_ng` 0 = no patient bolus."""

    device_serial: str
    drug: str
    concentration_ug_per_ml: int
    basal_ng_per_day: int
    bolus_ng: int
    bolus_duration_s: int
    bolus_lockout_s: int
    bolus_count_per_24h: int
    dose_limit_ng: int
    dose_window_s: int

    def to_bytes(self) -> bytes:
        """Return the 60-byte record.

        Raises ValueError for a text that does not fit its field: struct would
        cut it in silence, and a cut serial is another pump's.
        """
        if len(self.device_serial) > SERIAL_MAX_CHARS or len(self.drug) > DRUG_MAX_CHARS:
            raise ValueError(f"text too long for the record: {self.device_serial}, {self.drug}")
        return wire.pack_prescription(
            self.device_serial.encode("ascii"),
            self.drug.encode("ascii"),
            self.concentration_ug_per_ml,
            self.basal_ng_per_day,
            self.bolus_ng,
            self.bolus_duration_s,
            self.bolus_lockout_s,
            self.bolus_count_per_24h,
            self.dose_limit_ng,
            self.dose_window_s,
        )

    @classmethod
    def from_bytes(cls, record: bytes) -> "Prescription":
        """Take a record apart; ProtocolMismatch for a length or version not known here."""
        fields = wire.unpack_prescription(record)
        if fields is None:
            raise ProtocolMismatch(f"the pump's prescription record has {len(record)} bytes")
        version, _flags = fields.pop("version"), fields.pop("flags")
        if version != layout.VERSION:
            raise ProtocolMismatch(f"the pump's prescription record has version {version}")
        texts = {name: wire.text_of(fields.pop(name)) for name in ("device_serial", "drug")}
        return cls(**texts, **fields)


@dataclass(frozen=True)
class FieldLook:
    """How people meet a field: its place in the file, its label, its dimension (None = plain)."""

    place: str
    label: str
    dimension: Dimension | None


LOOKS = {
    "device_serial": FieldLook("device.serial", "pump", None),
    "drug": FieldLook("drug.name", "drug", None),
    "concentration_ug_per_ml": FieldLook(
        "drug.concentration", "concentration", units.CONCENTRATION
    ),
    "basal_ng_per_day": FieldLook("basal.rate", "basal rate", units.DOSE_RATE),
    "bolus_ng": FieldLook("patient_bolus.dose", "patient bolus", units.DOSE),
    "bolus_duration_s": FieldLook("patient_bolus.duration", "  duration", units.DURATION),
    "bolus_lockout_s": FieldLook("patient_bolus.lockout", "  lockout", units.DURATION),
    "bolus_count_per_24h": FieldLook("patient_bolus.count_per_24h", "  per 24 h", None),
    "dose_limit_ng": FieldLook("limits.dose", "dose limit", units.DOSE),
    "dose_window_s": FieldLook("limits.window", "  in any", units.DURATION),
}


def show_field(name: str, value: int | str) -> str:
    """Return the value of a field as people read it, exactly."""
    dimension = LOOKS[name].dimension
    if dimension is None or isinstance(value, str):
        return str(value)
    return units.show(value, dimension)
