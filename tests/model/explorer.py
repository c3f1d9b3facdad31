"""Every order of events, breadth first, with the witness beside the guard in each state."""

import random
from array import array
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.model import guard_cases as cases
from tests.model.guard_cases import Case
from tests.model.guard_machine import NOT_NOW, Machine
from tests.model.witness import Witness

STOP_AFTER = 20  # violations; they repeat themselves


class Violation(NamedTuple):
    """A promise that was broken, and the shortest order of events that breaks it."""

    case: str
    what: str
    events: list[str]


class Found:
    """What exploring a case found. State 0 is the root."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.transitions = 0
        self.depth = 0
        self.closed = False
        self.violations: list[Violation] = []
        self.outcomes: dict[tuple[int, int], int] = {}
        self.parents = array("I", [0])
        self.events = array("B", [0])

    @property
    def states(self) -> int:
        return len(self.parents)

    def path(self, state: int) -> list[int]:
        """The events that lead from the root to a state."""
        back = []
        while state:
            back.append(self.events[state])
            state = self.parents[state]
        return back[::-1]

    def sample_paths(self, transitions: int, rng: random.Random) -> Iterator[list[int]]:
        """Paths to states chosen at random, until they have so many transitions."""
        while transitions > 0 and self.states > 1:
            path = self.path(rng.randrange(1, self.states))
            transitions -= len(path)
            yield path


def explore(case: Case, depth: int, machine: Machine | None = None,
            most_states: int = 0, tell: Callable[[Found, int], None] | None = None) -> Found:
    """All states within `depth` events of a pump that never ran; fewer if `most_states` says so."""
    machine = machine or Machine(case)
    forgotten = machine.forgets()
    if forgotten:
        raise RuntimeError(f"the model's state lacks, or has for nothing: {sorted(forgotten)}")
    witness = Witness(case)
    found = Found(case)
    outcomes = found.outcomes
    level = [(0, machine.save(), witness.save())]
    seen = {hash((level[0][1], level[0][2]))}
    load, apply, save = machine.load, machine.apply, machine.save
    while level and found.depth < depth:
        found.depth += 1
        following = []
        for index, guarded, witnessed in level:
            for event in case.events:
                witness.load(witnessed)
                if not witness.may(event):
                    continue
                load(guarded)
                result = apply(event)
                found.transitions += 1
                key = (event, result)
                outcomes[key] = outcomes.get(key, 0) + 1
                if result == NOT_NOW:
                    continue
                broken = witness.see(event, result)
                if broken is None and witness.phase != machine.guard.phase:
                    broken = f"phase {machine.guard.phase} instead of {witness.phase}"
                if broken is not None:
                    path = [*found.path(index), event]
                    found.violations.append(
                        Violation(case.name, broken, [cases.name_of(one) for one in path]))
                    if len(found.violations) >= STOP_AFTER:
                        return found
                    continue
                state = (save(), witness.save())
                digest = hash(state)
                if digest in seen:
                    continue
                seen.add(digest)
                following.append((len(found.parents), *state))
                found.parents.append(index)
                found.events.append(event)
            if tell is not None and not index & 0x3FF:
                tell(found, len(following))
            if most_states and len(seen) >= most_states:
                return found
        level = following
    found.closed = not level
    return found
