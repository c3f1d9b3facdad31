"""Every fault that is put into the bench board's parts, and what must come of it: data only.

docs/safety.md shows this table and a test compares the two. A bound counts from the
fault to the sounder, `bound_s` plus `bound_strokes` intervals between strokes.
"""

from dataclasses import dataclass

# What flow there is after the alarm.
BASAL = "basal"  # basal goes on and nothing else: the lowest programmed step
NONE = "none"

# What the pump does when the fault comes.
IDLE, STROKE, IN_BOLUS, START = "between strokes", "in a stroke", "in a bolus", "at the start"

THREE_LOOKS = "three looks in a row, at most 5 s apart; one or two may be a disturbed bus"
THREE_STROKES = "three strokes in a row: it shows in strokes alone"
MINUTES = "the clock is asked once a minute; it decides no dose"


@dataclass(frozen=True)
class Row:
    """One fault: `key` for the code, `fault` and `where` for readers.

    alarm: its name in thecal_wire.codes, empty if there must be none. `key` is
    part:kind; `when` is one of the words above.
    """

    key: str
    where: str
    fault: str
    when: str
    alarm: str
    rate: str
    bound_s: float
    bound_strokes: int
    why: str

    def bound_at(self, interval_s: float) -> float:
        """The bound in s for a programme with this interval between strokes."""
        return self.bound_s + self.bound_strokes * interval_s

    @property
    def id(self) -> str:
        """For test reports."""
        return f"{self.key}, {self.when}" + (f", {self.alarm}" if self.alarm == "stall" else "")


def _row(key: str, where: str, fault: str, alarm: str, rate: str, bound: tuple[float, int],
         why: str, when: str = IDLE) -> Row:
    return Row(key, where, fault, when, alarm, rate, *bound, why)


_FLOW, _CODER, _CLOCK = "flow sensor, I2C0", "encoder, I2C1", "wall clock, I2C0"
_LOOKS, _STROKES = (16, 0), (1, 3)

FAULTS = (
    _row("flow:silent", _FLOW, "does not acknowledge", "sensor_fault", BASAL, _LOOKS, THREE_LOOKS),
    _row("flow:silent", _FLOW, "does not acknowledge", "sensor_fault", BASAL, _LOOKS, THREE_LOOKS,
         IN_BOLUS),
    _row("flow:stretches", _FLOW, "holds the clock line low for ever", "sensor_fault", BASAL,
         _LOOKS, THREE_LOOKS),
    _row("flow:stretches", _FLOW, "holds the clock line low for ever", "sensor_fault", BASAL,
         _LOOKS, THREE_LOOKS, STROKE),
    _row("flow:bad crc", _FLOW, "wrong CRC", "sensor_fault", BASAL, _LOOKS, THREE_LOOKS),
    _row("flow:out of range", _FLOW, "value outside its range", "sensor_fault", BASAL, _LOOKS,
         THREE_LOOKS),
    _row("flow:stuck", _FLOW, "repeats one value of no flow", "sensor_fault", BASAL, _STROKES,
         THREE_STROKES),
    _row("flow:stuck", _FLOW, "repeats one value of a stroke's flow", "free_flow", NONE, (2, 0),
         "flow with the rotor still: two looks in a row", STROKE),
    _row("encoder:silent", _CODER, "does not acknowledge", "sensor_fault", BASAL, _LOOKS,
         THREE_LOOKS),
    _row("encoder:stretches", _CODER, "holds the clock line low for ever", "sensor_fault", BASAL,
         _LOOKS, THREE_LOOKS),
    _row("encoder:out of range", _CODER, "angle of more than 12 bits", "sensor_fault", BASAL,
         _LOOKS, THREE_LOOKS),
    _row("encoder:no magnet", _CODER, "magnet gone", "sensor_fault", BASAL, _LOOKS, THREE_LOOKS),
    _row("encoder:no magnet", _CODER, "magnet gone, and nobody acts", "stall", NONE, _STROKES,
         "three strokes in a row: cannot be told from a rotor that stands"),
    _row("encoder:stuck", _CODER, "stands still, or the rotor does", "stall", NONE, _STROKES,
         THREE_STROKES),
    _row("clock:silent", _CLOCK, "does not acknowledge", "clock_lost", BASAL, (66, 0), MINUTES),
    _row("clock:silent", _CLOCK, "does not acknowledge", "clock_lost", BASAL, (1, 0),
         "asked at each start", START),
    _row("clock:lost", _CLOCK, "oscillator-stop flag", "clock_lost", BASAL, (66, 0), MINUTES),
    _row("clock:lost", _CLOCK, "oscillator-stop flag", "clock_lost", BASAL, (1, 0),
         "asked at each start", START),
    _row("clock:stuck", _CLOCK, "time stands still", "clock_lost", BASAL, (132, 0),
         "two questions, a minute apart; it decides no dose"),
    _row("clock:out of range", _CLOCK, "no time at all in its registers", "clock_lost", BASAL,
         (66, 0), MINUTES),
    _row("clock:stretches", _CLOCK, "holds the clock line low for ever", "sensor_fault", BASAL,
         _LOOKS, "the flow sensor on the same bus goes with it"),
    _row("pressure:low", "line pressure, ADC 0", "stuck low, or the wire is off", "sensor_fault",
         BASAL, _LOOKS, THREE_LOOKS),
    _row("pressure:high", "line pressure, ADC 0", "stuck high", "sensor_fault", BASAL, _LOOKS,
         THREE_LOOKS),
    _row("flash:mark", "flash, page of marks in use", "does not program", "store_defect", NONE,
         (1, 1), "at the next stroke, before it: no mark, no stroke"),
    _row("flash:all", "flash, every page", "does not program", "store_defect", NONE, (1, 1),
         "at the next stroke, before it: no mark, no stroke"),
    _row("flash:log", "flash, page of the log in use", "does not program", "store_defect", NONE,
         (1, 0), "the next record, here of a press of the button, does not read back"),
    _row("flash:next", "flash, next page of marks", "does not program", "", BASAL, (1, 2),
         "none: the page is passed over, the count stays right"),
)

# One of each way to fail: `make test` runs these; `make prove PART=faults` runs them all.
QUICK = frozenset({
    "flow:stretches, in a stroke", "flow:silent, in a bolus", "flow:stuck, between strokes",
    "encoder:no magnet, between strokes", "encoder:stuck, between strokes, stall",
    "clock:lost, at the start", "pressure:low, between strokes", "flash:mark, between strokes",
    "flash:log, between strokes",
})


def markdown() -> str:
    """The table as docs/safety.md has it."""
    lines = ["| part | fault | comes | alarm | flow then | within | why so long |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for row in FAULTS:
        strokes = f"{row.bound_strokes} stroke{'s' if row.bound_strokes > 1 else ''}"
        seconds = f"{row.bound_s:g} s"
        bound = f"{strokes} and {seconds}" if row.bound_strokes else seconds
        alarm = f"`{row.alarm}`" if row.alarm else "none"
        lines.append(f"| {row.where} | {row.fault} | {row.when} | {alarm} | {row.rate} "
                     f"| {bound} | {row.why} |")
    return "\n".join(lines)
