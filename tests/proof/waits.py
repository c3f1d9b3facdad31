"""Waiting: at random, to boundaries and beside them, long, and too long."""

from tests.oracles.dosing_programme import DAY_MS, highest_step
from tests.proof.flows import LATE_MS
from tests.proof.restarts import HOUR_MS


class Waits:
    """A part of Life; each method is one happening and returns why the pump wakes."""

    def wait(self):
        """Some seconds or minutes."""
        c = self.chance.random()
        span_ms = self.chance.randrange(20_000) if c < 0.6 else (
            self.chance.randrange(300_000) if c < 0.99 else self.chance.randrange(HOUR_MS))
        self.board.until_ms = self.now() + span_ms
        return 0

    def wait_for_boundary(self):
        """To a moment at which something changes, or just before or after."""
        judge, now, pump = self.judge, self.now(), self.pump
        choices = [("quarter", now + 900_000 - self._pump_ms() % 900_000)]
        if judge.lock_exact > now:
            choices += [("lockout", judge.lock_exact)] * 3
        for kind, flow in judge.flows.items():
            if kind != "periodic":
                choices += [("bolus end", now + flow.left_ms)] * 2
                choices.append(("middle of bolus", now + flow.left_ms // 2))
        if self.running:
            gate_ms = pump.guard.gate_left_ms(pump.clock)
            due_ms = pump.therapy.flow.next_due_ms(pump.clock.tick)
            choices.append(("gate", now + gate_ms))
            if due_ms is not None:
                choices.append(("stroke", now + due_ms))
            if self.board.wall_valid:
                step_s = judge.flex.to_start(judge.flex.local())
                choices.append(("step", now + step_s * 1000 - self.board.wall_ms % 1000))
            if judge.periodic_earliest is not None:
                choices.append(("periodic", judge.periodic_earliest))
        if judge.grants:
            choices.append(("oldest grant", judge.grants[-24:][0][0] + DAY_MS))
        if judge.strokes:
            window_ms = self.chance.choice(sorted(judge.programme.limits)) * 1000
            for s in judge.strokes[-400::40]:
                choices.append(("window", s.time + window_ms))
                choices.append(("window by quarter", s.time + window_ms + 900_000
                                - (s.time - self.offset_ms) % 900_000))
        name, at_ms = self.chance.choice(choices)
        at_ms += self.chance.choice((-1_000, -1, 0, 0, 1, 1_000, 2_000))
        span_ms = at_ms - now
        patient = 1.0 if span_ms <= 1_800_000 else 0.1 if name == "oldest grant" else 0.07
        if not 0 <= span_ms <= 24 * HOUR_MS or self.chance.random() >= patient:
            return self.wait()
        self._count(f"waits for a boundary: {name}")
        self.board.until_ms = at_ms
        return 0

    def wait_long(self):
        """Hours; seldom a day."""
        hours = self.chance.choice((1, 1, 2, 3, 4))
        if self.chance.random() < 0.04:
            hours = self.chance.choice((24, 25))
        self.board.until_ms = self.now() + int(hours * HOUR_MS)
        return 0

    def late(self):
        """The processor is busy for some seconds: what was due waits."""
        self.board.late_ms = self.chance.randrange(1, 8_000)
        self.late_until_ms = self.now() + 10 * LATE_MS
        self.judge.behind = -10 * self.judge.quantum()  # until it is through
        self._count("late turns")
        self.board.until_ms = self.now() + 9_000
        return 0

    def overslept(self, late_ms):
        """A step of the programme may have started in the meantime, too."""
        self.judge.flow_to(self.now())
        self.judge.level += highest_step(self.judge.programme) * late_ms
