"""Small programmes and events that the hand-worked cases share."""
from .dosing_limits import Stroke
from .dosing_oracle import DosingOracle, Programme

DAILY = frozenset(range(7))
S, MIN, H = 1000, 60_000, 3_600_000
PL = 250_000                        # 4 strokes are 1 uL


def make(rate=10_000, limits=None, profiles=((0, 40, 600, 1200, 24),), periodic=None,
         steps=None, **more):
    """10,000 nL/h are 40 strokes an hour, one each 90 s."""
    return Programme(PL, steps or ((DAILY, 0, rate),), profiles=tuple(profiles),
                     periodic=periodic, limits=limits if limits is not None else {}, **more)


def basal(o, first_ms, last_ms, every_ms):
    """Strokes at first, first + every, ... up to last; all must be in order."""
    for t in range(first_ms, last_ms + 1, every_ms):
        assert o.stroke(t) == []


def give(o, at_ms, strokes, kind="patient", every_ms=15 * S):
    for i in range(strokes):
        found = o.stroke(at_ms + i * every_ms, kind)
        assert found == []


def has(found, word):
    return any(word in f for f in found)


def started(limits, rate=10_000, at_ms=0, **more):
    o = DosingOracle(make(rate, limits, **more))
    o.start(at_ms)
    return o


def ready(**more):
    o = DosingOracle(make(**{"limits": {86_400: 10**5}, **more}), running=True)
    return o


def type_stroke(t, kind):
    return Stroke(t, kind, 1)
