"""What a prescription means on this pump, in volumes, strokes, ms and quarter hours."""

from array import array

from pump.core import units
from pump.core.envelope import most_strokes
from pump.core.schedule import EVERY_DAY, QUARTER_S, QUARTERS_PER_WEEK, WEEK_S, Week

LIMIT_STROKES_MAX = 0xFFFFFF  # a hundred times what the pump can make in a day
_HOUR_S = 3_600
# By a name: frozen in a tuple, a number over 8191 is a long one, and takes memory to reckon with.
WINDOWS_S = (_HOUR_S, 4 * _HOUR_S, 24 * _HOUR_S)
LOCKOUT_MIN_S = 60


class Profile:
    """One profile of the patient bolus."""

    def __init__(self, fields, concentration_ug_per_ml, stroke_pl):
        self.start_quarter, dose_ng, self.s, self.lockout_s, self.count_per_24h = fields
        self.nl = units.volume_down_nl(dose_ng, concentration_ug_per_ml)
        self.nl_per_h = self.nl * 3600 // self.s if self.s else 0
        self.strokes = units.strokes_up(self.nl, stroke_pl)


class Programme:
    """Made from a prescription whose head and entries `prescription.check` found in range.

    `fast_nl_per_h` is the highest rate without requests; `most[k]` the most
    strokes in k quarter hours; `limits` the strokes allowed in 1, 4 and 24 h.
    """

    def __init__(self, prescription, stroke_pl):
        p = prescription
        concentration = p.concentration_ug_per_ml
        self.stroke_pl = stroke_pl
        self.concentration_ug_per_ml = concentration
        self.pg_per_stroke = units.dose_up_pg(stroke_pl, concentration)
        self.week = Week([(weekdays, start) for weekdays, start, _rate in p.steps])
        # What is too fast stays just that: an array would cut it down to something that is not.
        self.rates = array("I", [
            min(units.rate_down_nl_per_h(step[2], concentration), units.RATE_MAX_NL_PER_H + 1)
            for step in p.steps])
        self.lowest_nl_per_h = min(self.rates) if p.steps else 0
        self.highest_nl_per_h = max(self.rates) if p.steps else 0
        self.minimum_nl_per_h = min(self.lowest_nl_per_h, units.rate_down_nl_per_h(
            p.minimum_ng_per_day, concentration))
        self._periodic(p, concentration)
        self.fast_nl_per_h = self.highest_nl_per_h + self.pulse_nl_per_h
        self.profiles = [Profile(fields, concentration, stroke_pl) for fields in p.profiles]
        self.day = Week([(EVERY_DAY, profile.start_quarter) for profile in self.profiles])
        self.limits = [min(LIMIT_STROKES_MAX, dose_ng * 1000 // self.pg_per_stroke)
                       for dose_ng in (p.limit_1h_ng, p.limit_4h_ng, p.limit_24h_ng)]
        self.limited = [dose_ng > 0 for dose_ng in (p.limit_1h_ng, p.limit_4h_ng, p.limit_24h_ng)]
        self.catheter_nl = p.catheter_nl()
        self.low_nl = p.reservoir_low_nl
        self.pause_s = p.pause_reminder_min * 60
        self.most = most_strokes(self.week, self.rates, self.pulse_nl, self.pulse_s,
                                 self.pulse_interval_s, stroke_pl)

    def _periodic(self, p, concentration):
        self.pulse_nl = units.volume_down_nl(p.periodic_ng, concentration)
        self.pulse_s = p.periodic_duration_s
        self.pulse_interval_s = p.periodic_interval_s
        self.pulse_nl_per_h = self.pulse_nl * 3600 // self.pulse_s if self.pulse_s else 0

    def weakest(self):
        """Number of the profile with the smallest dose: what applies without a wall clock."""
        found = 0
        for number, profile in enumerate(self.profiles):
            if profile.nl < self.profiles[found].nl:
                found = number
        return found

    def longest_lockout_s(self):
        """The longest lockout of any profile; 60 s if there is none."""
        longest_s = LOCKOUT_MIN_S
        for profile in self.profiles:
            longest_s = max(longest_s, profile.lockout_s)
        return longest_s

    def largest_bolus(self):
        """Strokes of the largest patient bolus."""
        largest = 0
        for profile in self.profiles:
            largest = max(largest, profile.strokes)
        return largest

    def ordered_nl(self, second, span_s):
        """Basal volume ordered from a second of the week on, for a span."""
        weeks, span_s = divmod(span_s, WEEK_S)
        total = self._integral(0, WEEK_S) * weeks if weeks else 0
        return (total + self._integral(second, span_s)) // 3600

    def _integral(self, second, span_s):
        """Rate times seconds."""
        total = 0
        while span_s > 0:
            quarter = second // QUARTER_S
            piece_s = min(span_s, (quarter + 1) * QUARTER_S - second)
            place = self.week.place(quarter % QUARTERS_PER_WEEK)
            total += self.rates[self.week.order[place]] * piece_s
            second += piece_s
            span_s -= piece_s
        return total

    def longest_gap_s(self):
        """The longest time between two strokes of an undisturbed programme; 0 if none is due."""
        slowest = [rate for rate in self.rates if rate]
        gap_s = 0
        if slowest:
            gap_s = units.interval_down_ms(self.stroke_pl, min(slowest)) // 1000 + 1
            gap_s += self._longest_zero_s()
        if self.pulse_nl:
            pulse_gap_s = self.pulse_interval_s + self.pulse_s
            gap_s = min(gap_s, pulse_gap_s) if gap_s else pulse_gap_s
        return gap_s

    def _longest_zero_s(self):
        """The longest stretch of steps with rate zero."""
        order, starts = self.week.order, self.week.starts
        longest = stretch = 0
        for turn in range(2 * len(order)):
            place = turn % len(order)
            if self.rates[order[place]]:
                stretch = 0
                continue
            following = starts[(place + 1) % len(order)]
            stretch += (following - starts[place]) % QUARTERS_PER_WEEK or QUARTERS_PER_WEEK
            longest = max(longest, stretch)
        return longest * QUARTER_S
