"""Prescriptions for tests of the host."""

from dataclasses import replace

from thecal.prescribing.record import Prescription, Profile, Step
from thecal_wire.prescription import EVERY_DAY

STEP = Step(EVERY_DAY, 0, 2_400_000)
PROFILE = Profile(0, 100_000, 300, 14_400, 4)
GOOD = Prescription(
    device_serial="TV000001", drug="morphine", concentration_ug_per_ml=10_000,
    minimum_ng_per_day=600_000, periodic_ng=0, periodic_duration_s=0, periodic_interval_s=0,
    limit_1h_ng=0, limit_4h_ng=0, limit_24h_ng=2_750_000, catheter_mm=400,
    catheter_nl_per_cm=2_200, internal_nl=200_000, reservoir_low_nl=2_000_000,
    pause_reminder_min=60, steps=(STEP,), profiles=(PROFILE,))


def step(**changes: int) -> tuple[Step, ...]:
    """The one step of GOOD with some fields changed."""
    return (replace(STEP, **changes),)


def profile(**changes: int) -> tuple[Profile, ...]:
    """The one profile of GOOD with some fields changed."""
    return (replace(PROFILE, **changes),)
