"""Histories of strokes for hypothesis, crowded around the edges of quarter hours and windows."""

from hypothesis import strategies as st

from pump.core.ledger import QUARTER_S, Ledger

DAY_S = 86_400
THIRTY_YEARS_S = 30 * 365 * DAY_S

windows_s = st.one_of(st.sampled_from([3_600, 3_601, 4_499, 4_500, 43_200, 86_399, 86_400]),
                      st.integers(3_600, 86_400))
starts_s = st.one_of(
    st.sampled_from([0, 1, QUARTER_S - 1, 97 * QUARTER_S - 1, THIRTY_YEARS_S]),
    st.integers(0, 200_000),
)
gaps_s = st.one_of(
    st.integers(0, 5), st.integers(0, 900),
    st.builds(lambda n, off: max(0, n * QUARTER_S + off), st.integers(1, 97), st.integers(-1, 1)),
    st.integers(0, 30_000),
)
# (seconds after the last one, how many strokes, were they bolus strokes)
strokes = st.lists(st.tuples(gaps_s, st.integers(0, 4), st.booleans()), max_size=25)


def played(start_s, history):
    """A Ledger that saw this history, [(time_s, in_bolus)], and the time it has come to."""
    ledger, made, now_s = Ledger(), [], start_s
    ledger.advance(now_s)
    for gap_s, count, in_bolus in history:
        now_s += gap_s
        ledger.advance(now_s)
        for _ in range(count):
            ledger.add(in_bolus)
            made.append((now_s, in_bolus))
    return ledger, made, now_s


def weights(ledger, now_s, window_s):
    """Strokes in the window as the window rule sees them."""
    quarters = range(ledger.first_quarter(now_s, window_s), ledger.newest + 1)
    return sum(ledger.weight(quarter) for quarter in quarters)
