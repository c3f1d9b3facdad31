"""One long day of the dosing core, step by step, as a trace on stdout.

Plain Python that runs on CPython and on MicroPython: both must print the same
bytes. Randomness comes from the small generator below. test_micropython.py
runs it on both; by hand: MICROPYPATH=firmware micropython tests/core/scenario.py
"""

import binascii
import sys

from pump.core import limits as limits_record
from pump.core import prescription as rules
from pump.core import starvation
from pump.core.alarms import Alarms
from pump.core.button import PRESS, STOP, Button
from pump.core.clock import PERIOD, Clock, plus_ms
from pump.core.guard import OFF, Guard
from pump.core.ledger import Ledger
from pump.core.lockout import Lockout
from pump.core.stroke_check import StrokeCheck
from pump.core.therapy import Therapy, bolus_share_nl
from thecal_wire import cobs, codes, events, frame
from thecal_wire import prescription as wire

STEPS = 6_000
SERIAL = b"TV000001"


class Dice:
    """A linear congruential generator; its low bits are poor and not used."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 8) % n

    def one_of(self, choices):
        return choices[self.below(len(choices))]


class Day:
    """A pump made of the parts of core, without flash and board."""

    def __init__(self, seed):
        self.dice = Dice(seed)
        self.clock = Clock(PERIOD - 200_000, 85_000)
        self.ledger, self.lockout, self.alarms = Ledger(), Lockout(), Alarms()
        self.ledger.advance(self.clock.s)
        self.button = Button(self.clock.tick, 0)
        self.splitter = frame.Splitter()
        self.total = self.presses = 0
        self.stroke_pl = 250_000
        self.guard = None
        self.level = 0
        self.counts = {}
        while self.guard is None:
            self.commit(self.fields())

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    # --- programmes ---------------------------------------------------------------

    def fields(self):
        below = self.dice.below
        return [SERIAL, b"morphine", 10_000 if below(4) else 9_000 + below(2_000),
                self.dice.one_of([0, 1_200_000, 2_400_000, 60_000_000, below(70_000_000)]),
                self.dice.one_of([0, 100_000, 70_000 + below(90_000)]),
                60 + below(600), 60 + below(900), 1 + below(24),
                self.dice.one_of([1, 1, 4_000_000 + below(20_000_000)]),
                3_600 + self.dice.one_of([0, below(9_000), below(82_000)])]

    def commit(self, values):
        if values[4] == 0:
            values[5] = values[6] = values[7] = 0
        record = wire.pack(*values)
        prescription = wire.unpack(record)
        problem = rules.check(prescription, self.stroke_pl, SERIAL)
        if problem is not None and problem.field in ("dose_limit_ng", "bolus_ng"):
            # Take the limit that is named, or a little more: dose limits are then felt.
            more = self.dice.below(2) * self.dice.below(300_000)
            values[8] = max(problem.limit, problem.value) + more
            record = wire.pack(*values)
            prescription = wire.unpack(record)
            problem = rules.check(prescription, self.stroke_pl, SERIAL)
        if problem is not None:
            self.count("problem")
            return f"problem {problem.code} {problem.field} {problem.value} {problem.limit}"
        made = rules.Programme(prescription, self.stroke_pl)
        crc = binascii.crc32(record)
        stored = limits_record.encode(made, crc)
        limits = limits_record.decode(stored, crc)
        if not self.ledger.weigh_as(limits.pg_per_stroke):
            return "does not fit"
        self.adopt(made, limits)
        self.count("programme")
        return f"programme {hexed(stored)}"

    def adopt(self, made, limits):
        former = self.guard
        self.guard = Guard(limits, self.ledger, self.lockout, self.clock, self.total)
        self.therapy = Therapy(made, self.clock.tick)
        self.check = StrokeCheck(self.stroke_pl)
        if former is None:
            self.guard.run(True)
        else:
            self.guard.take_over(former)
            self.lockout.restart(self.clock.s + 1)
        if self.guard.phase != OFF:
            self.therapy.start(self.clock.tick)

    # --- one step -----------------------------------------------------------------

    def step(self):
        below = self.dice.below
        what = below(100)
        self.wait(self.gap_ms())
        if self.guard.phase == OFF and below(5) == 0:
            return self.run(True)
        if what < 78:
            return self.stroke()
        if what < 83:
            return self.press()
        if what < 86:
            return self.finger()
        if what < 88:
            return self.commit(self.fields()) if not self.therapy.in_bolus else "in bolus"
        if what < 89:
            return self.power_cut() if below(2) else self.run(False)
        if what < 92:
            return self.sensors()
        if what < 95:
            return self.link()
        if what < 98:
            return self.record()
        return self.alarm()

    def gap_ms(self):
        due_ms = self.therapy.next_due_ms(self.clock.tick)
        if self.therapy.flow.pending:
            due_ms = self.guard.gate_left_ms(self.clock)
        kind = self.dice.below(10)
        if kind < 8 and due_ms is not None:
            return due_ms
        if self.dice.below(20):
            return self.dice.below(3_000)
        return self.dice.below(2_000_000)

    def wait(self, span_ms):
        self.clock.advance(plus_ms(self.clock.tick, span_ms))
        if self.guard.advance(self.clock):
            self.count("bolus end")
        self.therapy.advance(self.clock.tick)

    def stroke(self):
        if not self.therapy.flow.pending:
            return "not due"
        permit = self.guard.ask(self.clock, self.total)
        self.count(f"refusal {self.guard.refusal}")
        if permit is None:
            return f"refused {self.guard.refusal}, gate {self.guard.gate_left_ms(self.clock)}"
        self.total += 1
        self.guard.charge(permit, self.total, self.clock)
        before = self.dice.below(4096)
        moved = 256 if self.dice.below(3) else self.dice.below(300)
        highest_raw = self.dice.one_of([1_000, 600, 100])
        samples = [self.dice.below(highest_raw) for _ in range(15)]
        self.check.judge(before, (before + moved) % 4096, self.dice.below(40) - 20, samples)
        check = self.check
        self.therapy.stroke_made(check.proven, 256)
        return (f"stroke {permit.serial} {permit.mark}: {check.moved} {check.proven} counts "
                f"{check.measured_nl} nL {check.stalled()} {check.dry()} {check.contradicted()}")

    def press(self):
        self.presses += 1
        reservoir_nl = 20_000_000 if self.dice.below(9) else 5_000
        result = self.guard.bolus_refusal(self.clock, reservoir_nl)
        self.count(f"press {result}")
        if result == codes.GRANTED:
            self.guard.grant(self.clock)
            self.therapy.start_bolus(self.clock.tick)
        left_s = self.lockout.left_s(self.clock.s, self.guard.limits.lockout_s)
        return f"press {codes.error_name(result)}, lockout {left_s}"

    def finger(self):
        self.level = 1 - self.level
        meant = self.button.edge(self.clock.tick, self.level)
        self.count(f"button {meant}")
        text = f"button {self.level}: {meant} {self.button.held_ms}"
        if meant == PRESS:
            return text + " " + self.press()
        if meant == STOP:
            return text + " " + self.run(False)
        return text

    def run(self, on):
        self.guard.end_bolus(self.clock)
        self.guard.run(on)
        if on:
            self.therapy.start(self.clock.tick)
        else:
            self.therapy.stop(self.clock.tick)
        return f"run {on}"

    def power_cut(self):
        self.ledger.restamp(self.clock.s, self.guard.limits.window_s)
        self.lockout.restart(self.clock.s)
        running = self.guard.phase != OFF
        programme = self.therapy.programme
        self.guard = Guard(self.guard.limits, self.ledger, self.lockout, self.clock, self.total)
        self.guard.run(running)
        self.therapy = Therapy(programme, self.clock.tick)
        if running:
            self.therapy.start(self.clock.tick)
        return f"power cut, lump {self.ledger.lump}"

    def sensors(self):
        pressure_pa = self.dice.below(60_000 if self.dice.below(3) == 0 else 25_000)
        flow_raw = self.dice.below(33)
        self.guard.look(pressure_pa, flow_raw, self.clock.s)
        if self.dice.below(2):
            self.guard.free_flow.zero(self.dice.below(60) - 30)
        if self.guard.occlusion.latched():
            self.guard.occlusion.reset()
        if self.guard.free_flow.present():
            self.count("free flow")
            self.guard.free_flow.reset()
        occlusion, threshold_raw = self.guard.occlusion, self.guard.free_flow.threshold_raw()
        return (f"sensors {pressure_pa} {flow_raw}: {occlusion.blocked} {occlusion.resumes} "
                f"{threshold_raw}")

    def link(self):
        # Not a list: grown to 512 places it would ask a small, used heap for 4 kB in one piece.
        payload = bytearray(self.dice.below(290))
        for i in range(len(payload)):
            payload[i] = self.dice.below(4) * self.dice.below(256) % 256
        sent = bytearray(frame.encode(self.dice.below(256), self.dice.below(65_536), payload))
        if self.dice.below(3) == 0:
            sent[self.dice.below(len(sent))] ^= 1 << self.dice.below(8)
        cut = self.dice.below(len(sent))
        got = self.splitter.feed(bytes(sent[:cut])) + self.splitter.feed(bytes(sent[cut:]))
        for one in got:
            assert one.payload == payload
            self.count("frame")
        assert cobs.decode(cobs.encode(payload)) == payload
        splitter = self.splitter
        return f"link {hexed(sent)}: {len(got)} {splitter.frames_dropped} {splitter.bytes_dropped}"

    def record(self):
        kind = self.dice.one_of([events.PRESS, events.DELIVERED, events.NOT_DELIVERED,
                                 events.BUTTON])
        values = [self.total + i & 0xFF for i in range(len(events.TYPES[kind][2]))]
        into = bytearray(events.RECORD_BYTES)
        events.pack(into, self.presses, 3, kind, self.clock.s, self.clock.ms, 0, values)
        assert events.intact(into)
        return f"event {hexed(into)} {events.unpack(into)[4]}"

    def alarm(self):
        code = self.dice.one_of([codes.OCCLUSION, codes.STALL, codes.DOSE_LIMIT_HIT,
                                 codes.STARVATION])
        if self.alarms.active:
            self.alarms.acknowledge()
            self.alarms.clear(codes.OCCLUSION)
            self.alarms.clear(codes.DOSE_LIMIT_HIT)
            self.alarms.clear(codes.STARVATION)
        else:
            self.alarms.raise_(code, self.clock.s)
        rate = self.alarms.rate()
        if rate != codes.RATE_UNCHANGED:
            self.guard.end_bolus(self.clock)
        self.therapy.limit_rate(self.clock.tick, rate)
        self.guard.blocked = rate == codes.RATE_STOP
        self.guard.alarmed = rate != codes.RATE_UNCHANGED
        self.count(f"rate {rate}")
        return f"alarms {self.alarms.active} rate {rate} priority {self.alarms.priority()}"

    def state(self):
        guard, flow, ledger = self.guard, self.therapy.flow, self.ledger
        due_ms = self.therapy.next_due_ms(self.clock.tick)
        limits = guard.limits
        share_nl = bolus_share_nl(self.therapy.programme, self.therapy.bolus_strokes)
        starved = starvation.starved(self.clock.s, guard._last_s, limits.interval_ms, 0)
        return " ".join([str(number) for number in (
            self.clock.tick, self.clock.s, self.clock.ms, guard.phase, self.total, due_ms,
            flow.ordered_nl, flow.lost_nl, guard.used_strokes(self.clock.s), ledger.grant_count,
            ledger.weight(ledger.newest), starved, share_nl)])


def hexed(data):
    return binascii.hexlify(data).decode()


def main(seed):
    day = Day(seed)
    for number in range(STEPS):
        told = day.step()
        print(number, told, "|", day.state())
    for what in sorted(day.counts):
        print("count:", what, day.counts[what])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
