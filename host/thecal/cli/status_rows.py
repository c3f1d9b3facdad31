"""The lines of `thecal status`."""

from datetime import datetime, timedelta

from thecal import units, wire
from thecal.cli.clock import difference, local_time
from thecal.device.answers import NO_REFILL, Hello, Status, Therapy
from thecal.prescribing.looks import show_quarter
from thecal.prescribing.record import Prescription
from thecal.units import DOSE, DOSE_RATE, FLOW, STROKE_VOLUME, VOLUME, show, show_countdown
from thecal_wire import codes

Row = tuple[str, str]


def rows(
    hello: Hello,
    state: Status,
    prescription: Prescription | None,
    therapy: Therapy | None,
    now_s: float,
) -> list[Row]:
    """Return name and value of each line."""
    found = [
        ("pump", f"{hello.serial or 'no serial yet'}, firmware {hello.version} {hello.build}"),
        ("mode", state.mode_name + (" - IN FAULT" if state.in_fault else "")),
        ("rate", _rate(state, prescription)),
    ]
    if state.bolus_left_s:
        which = "priming bolus" if state.mode == codes.PRIMING else "bolus"
        found.append((which, f"{show_countdown(state.bolus_left_s)} left"))
    if therapy is not None and therapy.clinician_left_s:
        left = f"{_volume(therapy.clinician_left_nl)}, {show_countdown(therapy.clinician_left_s)}"
        found.append(("clinician bolus", f"{left} left"))
    if prescription is None:
        found.append(("prescription", "none; send one: thecal prescribe FILE"))
    else:
        found += _doses(state, prescription, therapy)
    found += _reservoir(state, prescription, therapy, now_s)
    return [
        *found,
        ("stroke", _stroke(state, therapy)),
        *(_condition(therapy) if therapy is not None else ()),
        ("pump time", f"{show_countdown(state.mono_s)} (boot {state.boot}, last {_cause(state)})"),
        ("wall clock", _clock(state, therapy, now_s)),
        ("link", f"{state.frames_dropped} frames dropped" if state.frames_dropped else "clean"),
    ]


def dose_rate_ng_per_day(state: Status, prescription: Prescription | None) -> int | None:
    """Drug per day at the rate of this moment, None if no prescription tells the concentration."""
    if prescription is None:
        return None
    return round(state.rate_nl_per_h * 24 * prescription.concentration_ug_per_ml / 1000)


def refill_by(therapy: Therapy, now_s: float) -> str | None:
    """Local date and hour by this computer's clock, None if nothing flows."""
    if therapy.refill_in_h == NO_REFILL:
        return None
    try:
        due = datetime.fromtimestamp(now_s) + timedelta(hours=therapy.refill_in_h)
    except OverflowError:
        return None
    return f"{due:%Y-%m-%d %H}:00"


def _rate(state: Status, prescription: Prescription | None) -> str:
    flow = show(state.rate_nl_per_h, FLOW)
    dose = dose_rate_ng_per_day(state, prescription)
    if prescription is None or dose is None:
        return flow
    return f"{flow} = {units.show_rounded(dose, DOSE_RATE, 3)} of {prescription.drug}"


def _doses(state: Status, p: Prescription, therapy: Therapy | None) -> list[Row]:
    if therapy is None:
        found = [("dose", f"{_dose(state.dose_in_window_ng)} in 24 h")]
    else:
        windows = (
            ("dose in 1 h", therapy.dose_1h_ng, p.limit_1h_ng),
            ("dose in 4 h", therapy.dose_4h_ng, p.limit_4h_ng),
            ("dose in 24 h", therapy.dose_24h_ng, p.limit_24h_ng),
        )
        found = [(name, _of_limit(given, limit)) for name, given, limit in windows]
    if not p.profiles:
        return found
    if state.mode == codes.BOLUS and state.bolus_left_s:
        lockout = "starts when the bolus ends"
    elif state.lockout_left_s:
        lockout = show_countdown(state.lockout_left_s) + " left"
    else:
        lockout = "over"
    number = therapy.profile if therapy is not None else 0
    if number < len(p.profiles):
        profile = p.profiles[number]
        found.append(("boluses", f"{state.granted_24h} of {profile.bolus_count_per_24h} in 24 h"))
        if len(p.profiles) > 1:
            start = show_quarter(profile.profile_start_quarter)
            which = f"{number + 1} of {len(p.profiles)}, from {start}"
            found.append(("profile", f"{which}: {show(profile.bolus_ng, DOSE)}"))
    return [*found, ("lockout", lockout)]


def _dose(given_ng: int) -> str:
    return show(-(-given_ng // 1000) * 1000, DOSE)  # up to a whole ug


def _of_limit(given_ng: int, limit_ng: int) -> str:
    limit = f"of at most {show(limit_ng, DOSE)}" if limit_ng else "(no limit)"
    return f"{_dose(given_ng)} {limit}"


def _reservoir(
    state: Status, prescription: Prescription | None, therapy: Therapy | None, now_s: float
) -> list[Row]:
    if therapy is None or prescription is None:
        return [("reservoir", _volume(state.reservoir_nl))]
    measured, commanded = _volume(therapy.measured_nl), _volume(therapy.commanded_nl)
    date = refill_by(therapy, now_s)
    if date is None:
        due = "nothing flows"
    elif not therapy.refill_in_h:
        due = "now"
    else:
        due = f"{date} (in {show_countdown(therapy.refill_in_h * 3600)} with every bolus used)"
    found = [("reservoir", f"{measured} measured, {commanded} by strokes"), ("refill by", due)]
    if prescription.catheter_nl:
        left, primed = _volume(therapy.prime_left_nl), _volume(therapy.primed_nl)
        found.append(("priming", f"{left} left, {primed} since the refill"))
    return found


def _volume(volume_nl: int) -> str:
    return show(volume_nl // 1000 * 1000, VOLUME)


def _stroke(state: Status, therapy: Therapy | None) -> str:
    if not state.stroke_pl:
        return "not calibrated"
    stroke = show(state.stroke_pl, STROKE_VOLUME)
    if therapy is None or therapy.estimated_stroke_pl == state.stroke_pl:
        return stroke
    return f"{stroke} calibrated, {show(therapy.estimated_stroke_pl, STROKE_VOLUME)} estimated"


def _condition(therapy: Therapy) -> list[Row]:
    """What the pump measured of itself; 0 = not measured."""
    found: list[Row] = []
    if therapy.battery_mv:
        found.append(("battery", f"{therapy.battery_mv / 1000:.2f} V"))
    if therapy.temperature_cdegc:
        found.append(("temperature", f"{therapy.temperature_cdegc / 100:.1f} degC"))
    return found


def _cause(state: Status) -> str:
    return f"start: {wire.name_of(codes.RESETS, state.reset_cause)}"


def _clock(state: Status, therapy: Therapy | None, now_s: float) -> str:
    shown = local_time(state, None if therapy is None else therapy.utc_offset_min)
    if not state.wall_s:
        return shown
    ahead_s = state.wall_s - int(now_s)
    return f"{shown}, {difference(ahead_s)}" if ahead_s else f"{shown}, as this computer"
