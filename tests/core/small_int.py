"""The Pico's small integers: an int that raises as soon as arithmetic on it needs over 31 bits.

Constants in the code are plain ints; meeting a Small they make a Small. What would break the chain
are constants put into attributes, array elements and `range`: `shrink`, `ledger_of_smalls` and
`small_range` mend that.
"""

from pump.core.ledger import BUCKETS, GRANTS_MAX, Ledger

LOW, HIGH = -(2**30), 2**30 - 1


class TooWide(ArithmeticError):
    """A value that would live on the Pico's heap."""


class Small(int):
    """A whole number within [-2^30, 2^30 - 1], like everything that is reckoned from it."""

    def __new__(cls, value=0):
        value = int(value)
        if not LOW <= value <= HIGH:
            raise TooWide(value)
        return super().__new__(cls, value)


def _checked(name):
    plain = getattr(int, name)

    def method(self, *others):
        result = plain(self, *others)
        if isinstance(result, tuple):
            return tuple(Small(part) for part in result)
        return result if result is NotImplemented else Small(result)

    return method


ARITHMETIC = "add sub mul floordiv mod divmod lshift rshift and or xor".split()
for _name in ARITHMETIC:
    setattr(Small, f"__{_name}__", _checked(f"__{_name}__"))
    setattr(Small, f"__r{_name}__", _checked(f"__r{_name}__"))
for _name in "neg pos abs invert".split():
    setattr(Small, f"__{_name}__", _checked(f"__{_name}__"))


def smalls(values):
    """A list of Smalls."""
    return [Small(value) for value in values]


def small_range(*ends):
    """`range` over Smalls."""
    return smalls(range(*ends))


class Smalls(list):
    """A list that holds Smalls whatever is put into it, as an array of numbers does."""

    def __setitem__(self, index, value):
        super().__setitem__(index, Small(value))


def ledger_of_smalls():
    """A Ledger whose buckets and grants are lists of Small."""
    ledger = shrink(Ledger())
    ledger.basal = Smalls([Small(0)] * BUCKETS)
    ledger.bolus = Smalls([Small(0)] * BUCKETS)
    ledger.grants = Smalls([Small(0)] * GRANTS_MAX)
    return ledger


def shrink(thing):
    """Make every plain int that `thing` holds, now or later, a Small; returns `thing`."""

    class Watched(type(thing)):
        def __setattr__(self, name, value):
            super().__setattr__(name, Small(value) if type(value) is int else value)

    thing.__class__ = Watched
    for name, value in vars(thing).items():
        setattr(thing, name, value)
    return thing
