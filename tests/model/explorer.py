"""Every order of events, breadth first, with the witness beside the guard in each state."""

import random
from array import array
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.model import guard_cases as cases
from tests.model.guard_cases import Case
from tests.model.guard_machine import NOT_NOW, Machine, line_of
from tests.model.witness import OFF, Witness
from thecal_wire import codes

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
        """Paths to states chosen at random, refusals too, until they have so many transitions."""
        machine = Machine(self.case)
        while transitions > 0 and self.states > 1:
            path = with_refusals(machine, self.path(rng.randrange(1, self.states)), rng)
            transitions -= len(path)
            yield path

    def sample_states(self, count: int, rng: random.Random) -> Iterator[list[int]]:
        """Paths to so many states."""
        for _ in range(count):
            yield self.path(rng.randrange(self.states))


def explore(case: Case, depth: int, machine: Machine | None = None,
            most_states: int = 0, stop_after: int = STOP_AFTER,
            tell: Callable[[Found], None] | None = None) -> Found:
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
                    if len(found.violations) >= stop_after:
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
                tell(found)
            if most_states and len(seen) >= most_states:
                return found
        level = following
    found.closed = not level
    return found


def walk(case: Case) -> Violation | None:
    """Follow the one path of a case."""
    machine, witness = Machine(case), Witness(case)
    for number, event in enumerate(case.path, 1):
        broken = witness.see(event, machine.apply(event))
        if broken is not None:
            return Violation(case.name, broken, [cases.name_of(e) for e in case.path[:number]])
    return None


def waits_in_vain(case: Case, path: list[int]) -> bool:
    """True if after `path` the patient, under honest therapy, presses three days for nothing."""
    machine, witness = Machine(case), Witness(case)

    def happens(event: int) -> int:
        result = machine.apply(event)
        witness.see(event, result)
        return result

    for event in path:
        happens(event)
    for _ in range(3 * 1000 * case.day_s() // case.quantum_ms):
        if machine.guard.phase == OFF:
            happens(cases.START)
        happens(cases.WAIT)
        if witness.pending:
            happens(cases.STROKE)
        if happens(cases.PRESS) == codes.GRANTED:
            return False
    return True


def with_refusals(machine: Machine, path: list[int], rng: random.Random) -> list[int]:
    """The path and what is refused along it: that leads to no new state, so no path has it."""
    machine.begin(0, 0)
    state = machine.save()
    events = []
    for event in path:
        if _refused(machine, state, tried := rng.choice(machine.case.events)):
            events.append(tried)
        machine.load(state)
        machine.apply(event)
        state = machine.save()
        events.append(event)
    return events + [event for event in machine.case.events if _refused(machine, state, event)]


def _refused(machine: Machine, state: tuple[int, ...], event: int) -> bool:
    machine.load(state)
    return machine.apply(event) not in (0, NOT_NOW) and machine.save() == state


def traced(case: Case, path: list[int]) -> Iterator[str]:
    """What guard_replay.py must print for a path, by way of the states that were explored."""
    machine = Machine(case)
    state = machine.save()
    for event in path:
        machine.load(state)
        result = machine.apply(event)
        state = machine.save()
        yield line_of(event, result, state)
