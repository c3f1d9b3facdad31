"""Oracle for requirement R5 (global safety).

Given everything that was delivered, as (time, amount) pairs sorted by time, the most that any
half-open window (t - W, t] ever held. t may be any real instant.

Amounts are whole numbers and not negative. So the load of the window never rises except at the
instant of a delivery: the greatest load is found at one of those instants, and t need only run
through the times of the deliveries. With no deliveries the answer is 0.

Two versions: `largest_window_load` by brute force, O(n^2), and
`largest_window_load_two_pointer`, O(n). The tests hold one against the other.
"""


def _check(times_and_amounts, W):
    times = [time for time, _ in times_and_amounts]
    if times != sorted(times):
        raise ValueError("deliveries must be sorted by time")
    if any(not isinstance(amount, int) or amount < 0 for _, amount in times_and_amounts):
        raise ValueError("amounts must be whole and not negative")
    if W <= 0:
        raise ValueError("W must be positive")


def largest_window_load(times_and_amounts, W):
    """The most any window (t - W, t] held: for every t, add up everything in the window."""
    _check(times_and_amounts, W)
    return max(
        (
            sum(amount for time, amount in times_and_amounts if t - W < time <= t)
            for t, _ in times_and_amounts
        ),
        default=0,
    )


def largest_window_load_two_pointer(times_and_amounts, W):
    """The same, letting deliveries in at the front and out at the back.

    Of several deliveries at one instant the earlier ones see a sum that is still too small; the
    last one sees the right sum, which is no smaller, so the maximum is right.
    """
    _check(times_and_amounts, W)
    largest = inside = oldest = 0
    for t, amount in times_and_amounts:
        inside += amount
        while times_and_amounts[oldest][0] <= t - W:
            inside -= times_and_amounts[oldest][1]
            oldest += 1
        largest = max(largest, inside)
    return largest
