"""Oracle for requirement R4 (lockout and count).

- A bolus runs for D seconds after its grant and is then over; exactly at start + D it is over.
- The lockout of L seconds counts from the end of a bolus. It restarts (counting from that instant)
  at a programming, a refill and a power cut. Exactly at its end a request is allowed again.
  Before anything has started a lockout there is none.
- A power cut ends a running bolus at that instant. It also re-stamps all boluses granted in the
  last 24 h as granted at that instant, because the time without power is unknown (pump time does
  not advance without power).
- N boluses granted in the last 24 h, (t - 86400, t], are the most. A grant exactly 86400 s ago no
  longer counts.

A press is answered 'bolus_active', else 'lockout', else 'count', else 'granted'. A refused press
changes nothing.

Events are (kind, t), kind one of 'press', 'power_cut', 'programme', 'refill', with t in seconds of
pump time, in order; events at the same t happen in the order listed.

Reading of the text: programming and refill restart the lockout but do not end a running bolus; its
end, later, starts the lockout anew.
"""

DAY_S = 86400

PRESS = "press"
POWER_CUT = "power_cut"
PROGRAMME = "programme"
REFILL = "refill"

BOLUS_ACTIVE = "bolus_active"
LOCKOUT = "lockout"
COUNT = "count"
GRANTED = "granted"


def decide(events, D, L, N):
    """The answers to the presses, in order."""
    times = [t for _, t in events]
    if times != sorted(times):
        raise ValueError("events must be in order of time")

    boluses = []  # [start, end] of every bolus ever granted
    restarts = []  # every instant at which the lockout restarted other than by a bolus ending
    stamps = []  # when each bolus counts as granted
    answers = []

    for kind, t in events:
        if kind == PRESS:
            active = any(start <= t < end for start, end in boluses)
            lockout_starts = restarts + [end for _, end in boluses if end <= t]
            locked = any(t < start + L for start in lockout_starts)
            in_last_day = sum(1 for stamp in stamps if t - DAY_S < stamp <= t)
            if active:
                answers.append(BOLUS_ACTIVE)
            elif locked:
                answers.append(LOCKOUT)
            elif in_last_day >= N:
                answers.append(COUNT)
            else:
                answers.append(GRANTED)
                boluses.append([t, t + D])
                stamps.append(t)
        elif kind == POWER_CUT:
            boluses = [[start, min(end, t)] for start, end in boluses]
            stamps = [t if t - DAY_S < stamp <= t else stamp for stamp in stamps]
            restarts.append(t)
        elif kind in (PROGRAMME, REFILL):
            restarts.append(t)
        else:
            raise ValueError(f"unknown event {kind!r}")
    return answers
