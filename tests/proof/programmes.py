"""Random prescriptions: the record for the pump, its meaning by docs/dosing.md for the oracle."""

from fractions import Fraction

from tests.oracles.dosing_accept import programme_acceptable
from tests.oracles.dosing_programme import (
    QUARTER_MS,
    Programme,
    daily_rate_nl_per_h,
    dose_volume_nl,
    most_up,
)
from thecal_wire import prescription as wire

SERIAL = b"TV000001"
WINDOWS_S = (3_600, 14_400, 86_400)


class Plan:
    """One prescription: its record, the oracle's Programme, and volumes in nL."""

    def __init__(self, chance, stroke_pl, concentration, kind="any"):
        self.stroke_pl = stroke_pl
        self.concentration = concentration
        self.steps = [(days, start, self.rate_ng_per_day(nl_per_h))
                      for days, start, nl_per_h in _steps(chance)]
        self.profiles = _profiles(chance, self)
        if kind == "large":  # more than the reservoir holds
            self.profiles = [(0, self.dose_ng(4_700), 6 * 3600, 600, 24)]
        self.periodic = _periodic(chance, self)
        lowest = min(step[2] for step in self.steps)
        self.minimum = lowest if chance.random() < 0.5 else 0
        self.catheter_mm = chance.choice((0, 100, 200, 300))
        self.internal_nl = chance.choice((0, 7_000, 12_345))
        self.low_nl = chance.choice((1_000_000, 2_000_000))
        self.pause_min = chance.choice((5, 60, 1_440))
        self.limits_ng = [0, 0, 1]
        self._limit(chance)
        self.meaning = self._meaning()

    def dose_ng(self, strokes):
        """A dose of at least so many strokes, by a hair."""
        return ceil_div(ceil_div(strokes * self.stroke_pl, 1000) * self.concentration, 1000)

    def rate_ng_per_day(self, nl_per_h):
        """The daily dose of a rate."""
        return ceil_div(nl_per_h * 24 * self.concentration, 1000)

    def pg_per_stroke(self):
        """What the guard lets a stroke weigh."""
        return ceil_div(self.stroke_pl * self.concentration, 1000)

    def strokes(self, dose_ng):
        """A bolus is counted in strokes, rounded up."""
        return ceil_div(self.volume_nl(dose_ng) * 1000, self.stroke_pl)

    def volume_nl(self, dose_ng):
        """Volume of a dose."""
        return dose_volume_nl(dose_ng, self.concentration)

    def record(self):
        """The bytes that are sent."""
        head = (wire.VERSION, 0, SERIAL, b"morphine", self.concentration, self.minimum,
                *self.periodic, *self.limits_ng, self.catheter_mm, 2_000, self.internal_nl,
                self.low_nl, self.pause_min)
        return wire.pack(head, self.steps, self.profiles)

    def acceptable(self):
        """(zone, reasons) of the oracle."""
        return programme_acceptable(self.meaning)

    def take_limit(self, field, value):
        """Adopt the limit that a refusal names; True if there is one to adopt."""
        names = ("limit_1h_ng", "limit_4h_ng", "limit_24h_ng")
        if field not in names:
            return False
        self.limits_ng[names.index(field)] = value
        self.meaning = self._meaning()
        return True

    def _limit(self, chance):
        """Limits just above what must be, so that they are felt; now and then below."""
        bare = self._meaning()
        largest = max([profile[1] for profile in bare.profiles], default=0)
        roomy = chance.random() < 0.7
        for i, window_s in enumerate(WINDOWS_S):
            if i < 2 and chance.random() < 0.5:
                continue
            least = most_up(bare, window_s * 1000 + QUARTER_MS) + 1 + largest
            least += 2_000 if roomy else chance.choice((0, 1, 1, 2, 3, 25, 50, 90, 400))
            self.limits_ng[i] = ceil_div(least * self.pg_per_stroke(), 1000)
            if chance.random() < 0.01:
                self.limits_ng[i] = max(1, self.limits_ng[i] - self.limits_ng[i] // 20)

    def _meaning(self):
        c = self.concentration
        limits = {window_s: ng * 1000 // self.pg_per_stroke()
                  for window_s, ng in zip(WINDOWS_S, self.limits_ng, strict=True) if ng}
        ng, duration_s, interval_s = self.periodic
        return Programme(
            self.stroke_pl,
            tuple((frozenset(day for day in range(7) if days >> day & 1), start,
                   daily_rate_nl_per_h(rate, c)) for days, start, rate in self.steps),
            concentration=c,
            # Part of the programme, so by its volume: only a bolus asked for is rounded up.
            periodic=(Fraction(self.volume_nl(ng) * 1000, self.stroke_pl), duration_s,
                      interval_s) if ng else None,
            profiles=tuple((start, self.strokes(dose), s, lockout_s, count)
                           for start, dose, s, lockout_s, count in self.profiles),
            limits=limits,
            catheter_nl=self.catheter_mm * 2_000 // 10 + self.internal_nl,
            minimum_nl_per_h=daily_rate_nl_per_h(self.minimum, c))


def _steps(chance):
    c = chance.random()
    number = 1 if c < 0.45 else chance.randint(2, 4) if c < 0.9 else chance.randint(5, 8)
    steps, taken = [], set()
    for index in range(number):
        days = 0x7F if index == 0 or chance.random() < 0.6 else chance.randint(1, 0x7F)
        start = chance.randrange(96)
        if start in taken:
            continue
        taken.add(start)
        nl_per_h = chance.choice((0, 2_000, 2_000, 2_500, 3_333, 4_000, 6_000, 8_000, 12_000))
        steps.append([days, start, nl_per_h])
    return [tuple(step) for step in steps]


def _profiles(chance, plan):
    c = chance.random()
    number = 0 if c < 0.06 else 1 if c < 0.6 else chance.randint(2, 4)
    starts = chance.sample(range(96), number)
    found = []
    for start in starts:
        strokes = chance.choice((20, 20, 21, 22, 25, 30))
        found.append((start, plan.dose_ng(strokes),
                      chance.choice((60, 61, 120, 120, 300, 600)),
                      chance.choice((60, 60, 60, 61, 90, 300, 600, 1_200, 3_600)),
                      chance.choice((1, 2, 4, 8, 16, 24, 24, 24, 24, 24, 24))))
    return found


def _periodic(chance, plan):
    if chance.random() < 0.8:
        return 0, 0, 0
    return (plan.dose_ng(chance.choice((20, 21, 25))), chance.choice((60, 300, 800)),
            chance.choice((900, 1_000, 3_600, 5_000, 7_200, 14_400)))


def ceil_div(a, b):
    """a / b, rounded up."""
    return -(-a // b)
