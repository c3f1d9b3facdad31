"""What an order means in volumes, and the most that a programme can give in a window.

The pump rounds a rate down to whole nL/h and a bolus down to whole nL; so does
this page. What depends on the volume of a stroke is taken at its worst, so
that a limit that passes here passes on every pump.
"""

from fractions import Fraction
from itertools import accumulate

from thecal.prescribing.record import Prescription, Step
from thecal_wire.prescription import QUARTERS_PER_DAY

STROKE_MIN_PL, STROKE_MAX_PL = 200_000, 290_000
QUARTER_HOUR_S = 900  # the pump forgets a dose by whole quarter hours
DAYS = 7
_WEEK_QUARTERS = DAYS * QUARTERS_PER_DAY
# One stroke nearly full when the window began, one that was held back, and one
# each because programme and bolus are counted in whole strokes; and the one that a
# programme with a button keeps so that it may be granted.
SPARE_STROKES = 5


def flow_nl_per_h(dose_ng_per_day: int, concentration_ug_per_ml: int) -> Fraction:
    """Flow that gives a dose per day (1 ug/mL = 1 ng/uL)."""
    return Fraction(dose_ng_per_day * 1000, concentration_ug_per_ml * 24)


def volume_nl(dose_ng: int, concentration_ug_per_ml: int) -> Fraction:
    """Volume that holds a dose."""
    return Fraction(dose_ng * 1000, concentration_ug_per_ml)


def clashing(steps: tuple[Step, ...]) -> list[int]:
    """Numbers of the steps that start at a time at which an earlier one starts too."""
    taken: dict[int, int] = {}  # weekdays by start
    found: list[int] = []
    for number, step in enumerate(steps):
        earlier = taken.get(step.step_start_quarter, 0)
        if earlier & step.step_weekdays:
            found.append(number)
        taken[step.step_start_quarter] = earlier | step.step_weekdays
    return found


def rates_by_quarter(steps: tuple[Step, ...]) -> list[int]:
    """Dose per day in each quarter hour of the week, from Monday 0:00; a step lasts till the next.

    `steps` holds one at least.
    """
    starts: dict[int, int] = {}
    for step in steps:
        for day in range(DAYS):
            if step.step_weekdays >> day & 1:
                starts[day * QUARTERS_PER_DAY + step.step_start_quarter] = step.basal_ng_per_day
    rate = starts[max(starts)]  # the week's last step goes on into its first day
    rates: list[int] = []
    for quarter in range(_WEEK_QUARTERS):
        rate = starts.get(quarter, rate)
        rates.append(rate)
    return rates


def programme_nl(p: Prescription, quarters: int) -> int:
    """The most that basal and periodic bolus give in so many quarter hours of any week."""
    concentration = p.concentration_ug_per_ml
    flows = [int(flow_nl_per_h(rate, concentration)) for rate in rates_by_quarter(p.steps)]
    sums = [0, *accumulate(flows + flows[:quarters])]
    fullest = max(sums[at + quarters] - sums[at] for at in range(_WEEK_QUARTERS))
    given_nl = -(-fullest // 4)
    if p.periodic_ng:
        span_s = quarters * QUARTER_HOUR_S + p.periodic_duration_s
        pulses = span_s // p.periodic_interval_s + 1
        given_nl += pulses * int(volume_nl(p.periodic_ng, concentration))
    return given_nl


def least_limit_ng(p: Prescription, window_s: int) -> int:
    """The lowest limit of a window under which the programme and one bolus fit on any pump."""
    quarters = -(-(window_s + QUARTER_HOUR_S) // QUARTER_HOUR_S)
    concentration = p.concentration_ug_per_ml
    bolus_ng = max((profile.bolus_ng for profile in p.profiles), default=0)
    given_nl = programme_nl(p, quarters) + int(volume_nl(bolus_ng, concentration))
    dose_pg = given_nl * concentration + SPARE_STROKES * STROKE_MAX_PL * concentration // 1000
    # A stroke weighs a whole number of pg, rounded up.
    dose_pg += -(-given_nl * 1000 // STROKE_MIN_PL) + SPARE_STROKES
    return -(-dose_pg // 1000)
