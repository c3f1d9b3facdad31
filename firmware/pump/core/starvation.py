"""Does the patient get too little without anybody noticing?

Two intervals without a stroke while therapy is due are an alarm. Time without
power is unknown, so starts of the processor count too: the second one without
a stroke between is an alarm, and the third lockout restart in a row without a
grant or 24 h of uptime between means that the patient bolus is unavailable.
"""

INTERVALS = 2
BOOTS = 2
LOCKOUT_RESTARTS = 3
UPTIME_S = 86_400


def starved(now_s, last_stroke_s, gap_s, boots_since_stroke):
    """True if therapy is due and no stroke came in time; `gap_s` is the longest wait, 0 = none."""
    if gap_s == 0:
        return False
    if boots_since_stroke >= BOOTS:
        return True
    return now_s - last_stroke_s > INTERVALS * gap_s


def bolus_locked_out(restarts_in_row):
    """True if restarts alone keep the patient bolus locked."""
    return restarts_in_row >= LOCKOUT_RESTARTS
