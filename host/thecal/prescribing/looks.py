"""How people meet the fields of a prescription: their places in the file, labels and units."""

from dataclasses import dataclass

from thecal import units
from thecal.units import Dimension
from thecal_wire import prescription as layout

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NONE = "none"
_QUARTER_MIN = 15


@dataclass(frozen=True)
class FieldLook:
    """A field's place in the file, its label, its dimension (None = plain).

    In the place of an entry's field `[]` stands for the entry's number.
    `zero_is_none`: 0 means that there is none.
    """

    place: str
    label: str
    dimension: Dimension | None
    zero_is_none: bool = False


LOOKS = {
    "device_serial": FieldLook("device.serial", "pump", None),
    "drug": FieldLook("drug.name", "drug", None),
    "concentration_ug_per_ml": FieldLook(
        "drug.concentration", "concentration", units.CONCENTRATION
    ),
    "step_weekdays": FieldLook("basal.steps[].days", "days", None),
    "step_start_quarter": FieldLook("basal.steps[].start", "start", None),
    "basal_ng_per_day": FieldLook("basal.steps[].rate", "basal rate", units.DOSE_RATE),
    "minimum_ng_per_day": FieldLook("basal.minimum", "minimum rate", units.DOSE_RATE, True),
    "periodic_ng": FieldLook("periodic_bolus.dose", "periodic bolus", units.DOSE, True),
    "periodic_duration_s": FieldLook(
        "periodic_bolus.duration", "  duration", units.DURATION, True
    ),
    "periodic_interval_s": FieldLook("periodic_bolus.interval", "  every", units.DURATION, True),
    "profile_start_quarter": FieldLook("patient_bolus.profiles[].start", "start", None),
    "bolus_ng": FieldLook("patient_bolus.profiles[].dose", "patient bolus", units.DOSE),
    "bolus_duration_s": FieldLook(
        "patient_bolus.profiles[].duration", "  duration", units.DURATION
    ),
    "bolus_lockout_s": FieldLook("patient_bolus.profiles[].lockout", "  lockout", units.DURATION),
    "bolus_count_per_24h": FieldLook(
        "patient_bolus.profiles[].count_per_24h", "  per 24 h", None
    ),
    "limit_1h_ng": FieldLook("limits.dose_1h", "limit in 1 h", units.DOSE, True),
    "limit_4h_ng": FieldLook("limits.dose_4h", "limit in 4 h", units.DOSE, True),
    "limit_24h_ng": FieldLook("limits.dose_24h", "limit in 24 h", units.DOSE, True),
    "catheter_mm": FieldLook("catheter.length", "catheter", units.LENGTH, True),
    "catheter_nl_per_cm": FieldLook(
        "catheter.volume_per_cm", "  per length", units.VOLUME_PER_LENGTH, True
    ),
    "internal_nl": FieldLook("catheter.internal", "  in the pump", units.VOLUME, True),
    "reservoir_low_nl": FieldLook("reservoir.low", "reservoir is low at", units.VOLUME),
    "pause_reminder_min": FieldLook("reminder.pause", "reminder of a pause", units.PAUSE),
    "steps": FieldLook("basal.steps", "steps", None),
    "profiles": FieldLook("patient_bolus.profiles", "profiles", None),
}
_STARTS = ("step_start_quarter", "profile_start_quarter")


def place_of(name: str, entry: int = 0, *, alone: bool = False) -> str:
    """Return where a field stands in the file; entries count from 1 there.

    `alone`: the file may do without entries, as in `basal.rate`.
    """
    place = LOOKS[name].place
    if alone:
        table, _, key = place.partition("[].")
        return f"{table.split('.')[0]}.{key}" if key else place
    return place.replace("[]", f"[{entry + 1}]")


def show_field(name: str, value: int | str) -> str:
    """Return the value of a field as people read it, exactly."""
    look = LOOKS[name]
    if isinstance(value, str):
        return value
    if not value and look.zero_is_none:
        return NONE
    if name in _STARTS:
        return show_quarter(value)
    if name == "step_weekdays":
        return show_days(value)
    return str(value) if look.dimension is None else units.show(value, look.dimension)


def show_amount(name: str, value: int) -> str:
    """As `show_field`, for a value that is a bound: 0 is an amount too."""
    dimension = LOOKS[name].dimension
    return show_field(name, value) if dimension is None else units.show(value, dimension)


def show_quarter(quarter: int) -> str:
    """Return a quarter hour of the day as a time, such as "06:15"."""
    hours, minutes = divmod(quarter * _QUARTER_MIN, 60)
    return f"{hours:02d}:{minutes:02d}"


def show_days(weekdays: int) -> str:
    """Return a set of weekdays, runs of three and more in short: "mon-fri"."""
    if weekdays == layout.EVERY_DAY:
        return "every day"
    parts: list[str] = []
    run: list[str] = []
    for bit in range(len(DAYS) + 1):
        if bit < len(DAYS) and weekdays >> bit & 1:
            run.append(DAYS[bit])
        elif run:
            parts += [f"{run[0]}-{run[-1]}"] if len(run) > 2 else run
            run = []
    return ", ".join(parts) or "no day"
