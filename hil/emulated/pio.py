"""PIO paced by the clock: an alarm at each instruction that is due.

rp2040py lets a PIO block go on by asking it after every instruction of the processor,
and gives it one instruction for a whole jump of a sleeping one. Here the block stands
in the address map behind this pacer instead, which brings it up to the present before
each register write and sets an alarm for the next instruction that is due. So pulses
come at their exact times whether the processor works or sleeps.

It also mends what rp2040py does with a state machine that is stalled: a word written to
the FIFO of one that is switched off must stay there, and an instruction that is executed
from outside must not end the stall.
"""

from typing import Any

CYCLE_NS = 8
_FIXED_POINT = 256  # the block counts 1/256 cycles
_NEVER = 1 << 62
_LATE_NS = 0.5
_CTRL, _FIRST_FIFO, _LAST_FIFO = 0x000, 0x010, 0x01C
_FIRST_MACHINE, _LAST_MACHINE, _MACHINE_BYTES, _INSTRUCTION = 0x0C8, 0x127, 0x18, 0x10


class PacedPio:
    """One PIO block as the bus sees it."""

    def __init__(self, clock: Any, block: Any) -> None:
        self._clock = clock
        self._block = block
        self._alarm = clock.create_alarm(self._due)
        self._reached_ns: float = clock.nanos

    def read_uint32(self, offset: int) -> int:
        """A register."""
        return self._block.read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        """A register."""
        self.write_uint32_atomic(offset, value, 0)

    def write_uint32_atomic(self, offset: int, value: int, atomic_type: int) -> None:
        """A register, or its set, clear or toggle alias."""
        self._catch_up()
        machine = self._stalled_machine(offset)
        if machine is None:
            self._block.write_uint32_atomic(offset, value, atomic_type)
        else:
            stalled_at = machine.pc
            machine.waiting = False
            self._block.write_uint32_atomic(offset, value, atomic_type)
            machine.waiting = machine.waiting or machine.pc == stalled_at
        if offset == _CTRL:
            for machine in self._block.machines:
                if machine.enabled:
                    machine.check_wait()
        self._settle()

    def reset(self) -> None:
        """All state machines stop."""
        self._block.reset()
        self.kick()

    def kick(self) -> None:
        """Something outside woke or stopped a state machine."""
        self._catch_up()
        self._settle()

    def _stalled_machine(self, offset: int) -> Any | None:
        """The machine whose stall this write must leave alone, if any."""
        if _FIRST_FIFO <= offset <= _LAST_FIFO:
            machine = self._block.machines[(offset - _FIRST_FIFO) // 4]
            return machine if machine.waiting and not machine.enabled else None
        if _FIRST_MACHINE <= offset <= _LAST_MACHINE:
            index, register = divmod(offset - _FIRST_MACHINE, _MACHINE_BYTES)
            machine = self._block.machines[index]
            return machine if machine.waiting and register == _INSTRUCTION else None
        return None

    def _catch_up(self) -> None:
        cycles = int((self._clock.nanos - self._reached_ns + _LATE_NS) // CYCLE_NS)
        if cycles > 0:
            self._reached_ns += cycles * CYCLE_NS
            self._block.advance(cycles)

    def _settle(self) -> None:
        block = self._block
        block.check_changed_pins()
        due = block.next_due_fp
        if block.stopped or due >= _NEVER:
            self._alarm.cancel()
            return
        cycles = max(1, -((block.cycle_fp - due) // _FIXED_POINT))
        due_ns = self._reached_ns + cycles * CYCLE_NS
        self._alarm.schedule(max(0.0, due_ns - self._clock.nanos))

    def _due(self) -> None:
        self._catch_up()
        self._settle()
