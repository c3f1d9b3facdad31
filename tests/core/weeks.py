"""Weeks of steps for hypothesis, and what applies in them by looking back quarter by quarter."""

from hypothesis import strategies as st

from pump.core.schedule import QUARTERS_PER_DAY, QUARTERS_PER_WEEK

starts = st.one_of(st.sampled_from([0, 1, 95]), st.integers(0, 95))


@st.composite
def entries(draw, most=6):
    """(weekdays, start_quarter) of which no two start at once on any day."""
    made = []
    for start in draw(st.sets(starts, min_size=1, max_size=most)):
        days = draw(st.integers(1, 127))
        made.append((days, start))
        if days != 127 and len(made) < most and draw(st.booleans()):
            made.append((127 & ~days, start))
    return draw(st.permutations(made))


def begins(made, quarter):
    """The entry that starts with this quarter hour of the week, or None."""
    day, start = divmod(quarter, QUARTERS_PER_DAY)
    for number, (days, its_start) in enumerate(made):
        if its_start == start and days >> day & 1:
            return number
    return None


def applies(made, quarter):
    """The entry that started last, around the week if need be."""
    for back in range(QUARTERS_PER_WEEK):
        number = begins(made, (quarter - back) % QUARTERS_PER_WEEK)
        if number is not None:
            return number
    raise AssertionError("nothing ever starts")


def rates_of(made, rates_nl_per_h):
    """The rate in each quarter hour of the week."""
    rates, number = [], applies(made, 0)
    for quarter in range(QUARTERS_PER_WEEK):
        started = begins(made, quarter)
        number = number if started is None else started
        rates.append(rates_nl_per_h[number])
    return rates
