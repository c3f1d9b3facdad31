"""The scaled pumps of the model: what takes a day on a pump takes some seconds here.

Plain values, for CPython and MicroPython. Volumes nl, rates nl/h, times s or ms. A stroke is
250 nl; a concentration of 1000 ug/mL makes 1 nl weigh 1 ng, so limits are given in strokes.
"""

STROKE_PL = 250_000

# What may happen. A case names the ones that it lets happen.
(WAIT, STROKE, STROKE_CUT, PRESS, PRESS_OTHER, CLINICIAN, PRIME, STOP, START, MINIMUM, REFILL,
 CUT, CUT_BACK, RESET, ALARM, ALARM_STOP, ALARM_END, WEAR, LATE, STROKE_RESET) = range(20)
PROGRAMME = 32  # PROGRAMME + k: the k-th programme is committed

NAMES = ("wait", "stroke", "stroke marked, then cut", "press", "press, other profile", "clinician",
         "prime", "stop", "start", "minimum rate", "refill", "cut", "cut, pump time behind",
         "reset", "alarm", "alarm that stops flow", "alarm over", "wear", "late",
         "stroke marked, then reset")


def name_of(event):
    """An event in words."""
    return NAMES[event] if event < PROGRAMME else f"programme {event - PROGRAMME}"


class Case:
    """Scaled parameters, and which events may come in any order."""

    def __init__(self, name, **values):
        self.name = name
        self.quarter_s = 2  # stands for 15 min
        self.quarters = (1, 2, 3)  # of the three windows; the last is the day
        self.quantum_ms = 1_000
        self.grants_max = 3
        self.programmes = ()  # (rate, concentration, limits in strokes, profiles)
        self.clinician = (500, 2)  # volume, duration
        self.prime_nl = 250
        self.catheter_nl = 500
        self.extra_permille = 300  # a worn stroke, when WEAR is among the events
        self.late = 3  # quanta
        self.honest = False  # strokes by the ordered rate; else as often as permitted
        self.careful = False  # check as well that what must be granted is
        self.patient = False  # and that whoever waits gets a bolus in the end: limits with room
        self.events = (WAIT, STROKE)
        self.depth = 12
        self.path = ()  # one order of events, longer than can be searched for
        for key in values:
            setattr(self, key, values[key])

    def day_s(self):
        """The longest window, and what stands for 24 h."""
        return self.quarters[2] * self.quarter_s


# A profile: volume nl, duration s, lockout s, count in a day. A rate of 180,000 nl/h is a stroke
# in 5 s with a gate of 4 s; with two strokes in 2 s beside it the gate is 0.67 s.
ONE = ((500, 2, 1, 2),)
TWO = ((500, 2, 2, 2), (750, 3, 1, 3))
SMALL = ((250, 1, 1, 2),)
SLOW, MIDDLE, QUICK, FAST = 90_000, 180_000, 360_000, 720_000
WEAK, STRONG = 1_000, 1_300  # ug/mL
CLOSED = 10_000  # deeper than any of them is

EVERYTHING = (WAIT, STROKE, STROKE_CUT, PRESS, PRESS_OTHER, CLINICIAN, PRIME, STOP, START, MINIMUM,
              REFILL, CUT, CUT_BACK, RESET, ALARM, ALARM_STOP, ALARM_END, LATE, STROKE_RESET,
              PROGRAMME, PROGRAMME + 1, PROGRAMME + 2)

CASES = (
    # These are followed to their end: no order of events leads to anything new.
    Case("day", programmes=((SLOW, WEAK, (0, 4, 4), SMALL),),
         events=(WAIT, STROKE, PRESS, CUT, RESET), depth=CLOSED),
    Case("half seconds", quarters=(1, 1, 2), quantum_ms=500,
         programmes=((SLOW, WEAK, (0, 4, 4), ((500, 1, 1, 2),)),),
         events=(WAIT, STROKE, PRESS, CUT, CUT_BACK, RESET), depth=CLOSED),
    Case("marks", quarters=(1, 1, 2), programmes=((FAST, WEAK, (0, 0, 3), ()),),
         events=(WAIT, STROKE, STROKE_CUT, STROKE_RESET, LATE), depth=CLOSED),
    Case("two windows", quarters=(1, 1, 2), programmes=((FAST, WEAK, (1, 0, 5), ()),),
         events=(WAIT, STROKE, LATE, CUT, CUT_BACK), depth=CLOSED),
    Case("clinician", quarters=(1, 1, 2), clinician=(750, 3),
         programmes=((SLOW, WEAK, (0, 5, 5), ((750, 2, 1, 2),)),),
         events=(WAIT, STROKE, PRESS, CLINICIAN, CUT, RESET), depth=CLOSED),
    Case("drugs", quarters=(1, 1, 2), programmes=((FAST, WEAK, (0, 0, 4), ()),
                                                  (FAST, STRONG, (0, 0, 3), ())),
         events=(WAIT, STROKE, STOP, START, PROGRAMME, PROGRAMME + 1), depth=CLOSED),
    Case("wear", extra_permille=500, programmes=((FAST, WEAK, (0, 0, 6), ()),),
         events=(WAIT, STROKE, RESET, WEAR), depth=CLOSED),
    Case("wear with a bolus", programmes=((SLOW, WEAK, (5, 5, 6), ONE),),
         events=(WAIT, STROKE, PRESS, CUT, RESET, WEAR), depth=CLOSED),
    Case("at the limit", quarters=(1, 1, 2), quantum_ms=500,
         programmes=((QUICK, WEAK, (0, 4, 5), SMALL),),
         events=(WAIT, STROKE, PRESS, CUT, RESET), depth=CLOSED),
    # These are too large for that, and are followed to a depth.
    Case("honest", quarters=(1, 1, 2), honest=True, careful=True,
         programmes=((MIDDLE, WEAK, (0, 3, 4), SMALL),),
         events=(WAIT, STROKE, PRESS, CUT, RESET), depth=45),
    Case("limits", quarters=(2, 4, 6), programmes=((MIDDLE, WEAK, (7, 7, 8), TWO),),
         events=(WAIT, STROKE, PRESS, PRESS_OTHER, CUT, RESET), depth=16),
    Case("everything", programmes=((MIDDLE, WEAK, (6, 7, 7), TWO), (SLOW, WEAK, (5, 5, 5), ONE),
                                   (MIDDLE, STRONG, (5, 6, 6), ONE)),
         events=EVERYTHING, depth=9),
    Case("prime", quarters=(1, 2, 4), prime_nl=750, catheter_nl=1_000,
         programmes=((SLOW, WEAK, (0, 3, 3), SMALL),),
         events=(WAIT, STROKE, PRESS, PRIME, STOP, START, REFILL, CUT), depth=16),
    Case("programmes", quarters=(1, 2, 2),
         programmes=((MIDDLE, WEAK, (4, 4, 5), ONE), (SLOW, WEAK, (0, 3, 3), SMALL),
                     (MIDDLE, STRONG, (0, 4, 4), ONE)),
         events=(WAIT, STROKE, PRESS, STOP, START, CUT, PROGRAMME, PROGRAMME + 1, PROGRAMME + 2),
         depth=17),
    Case("honest for longer", honest=True, careful=True, patient=True,
         programmes=((MIDDLE, WEAK, (6, 7, 7), ONE),),
         events=(WAIT, STROKE, PRESS, STOP, START, CUT, RESET), depth=19),
    Case("honest and fast", honest=True, careful=True,
         programmes=((FAST, WEAK, (7, 8, 10), ONE),),
         events=(WAIT, STROKE, PRESS, CUT), depth=19),
    Case("honest, with room", quarters=(1, 1, 2), honest=True, careful=True, patient=True,
         programmes=((FAST, WEAK, (0, 8, 9), ONE),),
         events=(WAIT, STROKE, PRESS, CUT), depth=17),
    Case("honest with a clinician", honest=True, careful=True, patient=True,
         clinician=(500, 4),
         programmes=((FAST, WEAK, (10, 12, 14), ONE),),
         events=(WAIT, STROKE, PRESS, CLINICIAN, CUT), depth=15),
    Case("honest after priming", honest=True, careful=True,
         programmes=((MIDDLE, WEAK, (4, 5, 6), ONE),),
         events=(WAIT, STROKE, PRESS, PRIME, STOP, START, REFILL, CUT), depth=19),
)

# Orders of events that are too long to be come upon.
_EACH_SECOND = (STROKE, WAIT)
PATHS = (
    Case("worn, and reset", quarters=(1, 2, 5), programmes=((FAST, WEAK, (0, 0, 8), ()),),
         path=(WEAR, STROKE) + 11 * (WAIT,) + 2 * _EACH_SECOND + (STROKE, RESET, WAIT)
         + 3 * _EACH_SECOND + (STROKE, RESET, WAIT) + 3 * _EACH_SECOND),
    Case("a long bolus", quarter_s=24, quarters=(1, 1, 2),
         programmes=((SLOW, WEAK, (0, 0, 0), ((4_200, 24, 1, 1),)),),
         path=(PRESS,) + 24 * _EACH_SECOND),
)


def case_named(name):
    """The case of that name."""
    for case in CASES + PATHS:
        if case.name == name:
            return case
    raise ValueError(name)
