"""Let orders of events happen to the guard and print every state: on CPython and on MicroPython.

Usage: micropython guard_replay.py PATHS, with MICROPYPATH=firmware:. in the checkout.
Each line of PATHS is one order: case|pump time s|tick|events. Unlike the exploration, which
starts each transition from a state that it made, this goes on with the same objects all the way.
"""

import sys

from tests.model.guard_cases import case_named
from tests.model.guard_machine import Machine, line_of


def replay(line, machines):
    """Print the path's transitions."""
    name, now_s, tick, events = line.strip().split("|")
    if name not in machines:
        machines.clear()  # the constants are those of one case
        machines[name] = Machine(case_named(name))
    machine = machines[name]
    machine.begin(int(now_s), int(tick))
    for event in events.split():
        result = machine.apply(int(event))
        print(line_of(int(event), result, machine.save()))


def main(path):
    machines = {}
    with open(path) as paths:
        for line in paths:
            replay(line, machines)


if __name__ == "__main__":
    main(sys.argv[1])
