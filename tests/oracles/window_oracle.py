"""Oracle for requirement R2 (window).

Strokes happen at whole seconds. The truth is the number of strokes in the window (t - W, t]: a
stroke exactly W seconds ago no longer counts, a stroke right now does.

A device that counts in whole quarter hours (900 s, aligned to multiples of 900 s), and drops a
quarter hour only when all of it has left the window, must never count less than `truth` and never
more than `ceiling`, the number of strokes in (t - W - 900, t].

Strokes may be given in any order; several at the same second count severally; strokes later than
t are not counted.
"""

QUARTER_S = 900


def truth(strokes, t, W):
    """Number of strokes in (t - W, t]."""
    return sum(1 for stroke in strokes if t - W < stroke <= t)


def ceiling(strokes, t, W):
    """Number of strokes in (t - W - 900, t]: the most a quarter-hour device may count."""
    return sum(1 for stroke in strokes if t - W - QUARTER_S < stroke <= t)
