"""The flow that is left under an alarm (SR06, SR07).

Never above the lowest programmed step: with no basal it is none. A rate that
keeps the line open, as pumps for other routes have, would be an overdose here.
"""

from thecal_wire import codes


def safe_rate_nl_per_h(wanted_nl_per_h, lowest_step_nl_per_h, rate):
    """The flow allowed when an alarm leads to `rate`, one of codes.RATES."""
    if rate == codes.RATE_STOP:
        return 0
    if rate == codes.RATE_SAFE:
        return min(wanted_nl_per_h, lowest_step_nl_per_h)
    return wanted_nl_per_h
