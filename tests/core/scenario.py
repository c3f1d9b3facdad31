"""One long day of the dosing core, step by step, as a trace on stdout.

Plain Python that runs on CPython and on MicroPython: both must print the same
bytes. Randomness comes from the small generator below. test_micropython.py
runs it on both; by hand: MICROPYPATH=firmware micropython tests/core/scenario.py SEED EVENTS
tests/emulated/test_trace.py runs its first events in the Pico's image, where each
costs some ms: what takes long there (a programme, all of the state, an f-string of many parts)
is not in every event.
"""
# ruff: noqa: UP031 - on the Pico % takes a fifth of the time of an f-string

import binascii
import sys

from pump.core import limits as limits_record
from pump.core import prescription as rules
from pump.core import reservoir, starvation
from pump.core.alarms import Alarms
from pump.core.button import PRESS, STOP, Button
from pump.core.clock import PERIOD, Clock, plus_ms
from pump.core.conditions import Battery, Temperature
from pump.core.guard import BASAL, BOLUS, CLINICIAN, OFF, PRIME, Guard
from pump.core.infusion_check import InfusionCheck
from pump.core.ledger import Ledger
from pump.core.lockout import Lockout
from pump.core.pauses import StopStarts
from pump.core.prime_rule import prime_duration_s
from pump.core.programme import WINDOWS_S, Programme
from pump.core.schedule import second_of_week
from pump.core.stroke_check import StrokeCheck
from pump.core.therapy import Therapy, bolus_share_nl
from pump.core.unasked import Unasked
from pump.core.wear import Wear
from thecal_wire import cobs, codes, events, frame
from thecal_wire import prescription as wire

WHOLE = 16  # events from one that tells the whole state to the next
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
        self.battery, self.temperature = Battery(), Temperature()
        self.stop_starts, self.unasked = StopStarts(), Unasked()
        self.wall_s = 1_800_000_000  # at pump time 0; 0 = invalid
        self.offset_min = 60
        self.splitter = frame.Splitter()
        self.total = self.presses = 0
        self.stroke_pl = 250_000
        self.wear = Wear(self.stroke_pl, 132_000, 0)
        self.infusion = InfusionCheck(240)
        self.guard = None
        self.due_ms = None
        self.level = 0
        self.counts = {}
        while self.guard is None:
            self.commit(self.fields())

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    # --- programmes ---------------------------------------------------------------

    def fields(self):
        """(head, steps, profiles) of some prescription, a good one mostly."""
        below, one_of = self.dice.below, self.dice.one_of
        concentration = 10_000 if below(4) else 9_000 + below(2_000)
        periodic = one_of([(0, 0, 0), (0, 0, 0), (70_000 + below(90_000), 60 + below(600),
                                                  900 + below(9_000))])
        head = [wire.VERSION, 0, SERIAL, b"morphine", concentration, 0]
        head += periodic
        head += [one_of([0, 1, 2_000_000 + below(2_000_000)]), one_of([0, 0, 1]),
                 one_of([1, 1, 4_000_000 + below(20_000_000)]), one_of([0, below(1_500)]), 2_200,
                 30_000, 1_000_000 + below(9_000_000), 5 + below(1_435)]
        steps = []
        for start in range(1 + below(3)):
            rate = one_of([0, 1_200_000, 2_400_000, 60_000_000, below(70_000_000)])
            steps.append((127 if start == 0 else 1 + below(127), 32 * start + below(32), rate))
        head[5] = one_of([0, min([step[2] for step in steps])])
        profiles = []
        for start in range(below(4)):
            dose_ng = one_of([100_000, 70_000 + below(90_000)])
            profiles.append((24 * start + below(24), dose_ng, 60 + below(600), 60 + below(900),
                             1 + below(24)))
        return head, steps, profiles

    def commit(self, values):
        head, steps, profiles = values
        for _ in range(8):
            record = wire.pack(head, steps, profiles)
            prescription = wire.unpack(record)
            problem = rules.check(prescription, self.stroke_pl, SERIAL)
            if problem is None or problem.field[:5] != "limit":
                break
            # Take the limit that is named, or a little more: dose limits are then felt.
            more = self.dice.below(2) * self.dice.below(300_000)
            head[wire.FIELDS.index(problem.field)] = problem.limit + more
        if problem is not None:
            self.count("problem")
            return (f"problem {problem.code} {problem.field} {problem.entry} {problem.value} "
                    f"{problem.limit}")
        made = Programme(prescription, self.stroke_pl)
        crc = binascii.crc32(record)
        stored = limits_record.encode(made, crc)
        limits = limits_record.decode(stored, crc)
        if not self.ledger.weigh_as(limits.pg_per_stroke):
            return "does not fit"
        self.adopt(made, limits)
        self.count("programme")
        return f"programme {len(stored)} {crc:08x} {binascii.crc32(stored):08x}"

    def adopt(self, made, limits):
        former = self.guard
        self.guard = Guard(limits, self.ledger, self.lockout, self.clock, self.total)
        self.therapy = Therapy(made, self.clock.tick)
        self.check = StrokeCheck(self.stroke_pl)
        if former is None:
            self.guard.run(True)
        else:
            self.guard.take_over(former)
            self.lockout.restart(self.clock.s + 1, limits.longest_lockout_s)
        if self.guard.phase != OFF:
            self.therapy.start(self.clock, self.second())

    def second(self):
        """Local second of the week by the wall clock, None if it is invalid."""
        if self.wall_s == 0:
            return None
        return second_of_week(self.wall_s + self.clock.s, self.offset_min)

    # --- one step -----------------------------------------------------------------

    def step(self):
        below = self.dice.below
        what = below(100)
        self.wait(self.gap_ms())
        if self.guard.phase == OFF and below(5) == 0:
            return self.prime() if below(2) else self.run(True)
        if self.guard.phase == PRIME and below(9) == 0:
            return self.prime()
        if what < 79:
            return self.stroke()
        if what < 82:
            return self.press()
        if what < 84:
            return self.clinician()
        if what < 87:
            return self.finger()
        if what < 88:
            if self.guard.phase not in (OFF, BASAL):
                return "in bolus"
            return self.commit(self.fields())
        if what < 89:
            return self.dice.one_of([self.power_cut, self.stop, self.set_clock, self.refill])()
        if what < 92:
            return self.sensors()
        if what < 95:
            return self.link()
        if what < 98:
            return self.record()
        return self.alarm()

    def gap_ms(self):
        due_ms = self.due_ms
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
        ended = self.guard.advance(self.clock)
        if ended:
            self.count(f"bolus end {ended}")
        if ended in (BOLUS, PRIME):
            self.therapy.end_bolus(self.clock.tick)
        elif ended == CLINICIAN:
            self.therapy.end_clinician(self.clock.tick)
        if ended == PRIME:
            self.therapy.stop(self.clock.tick)
        self.therapy.advance(self.clock)
        if self.therapy.step_due(self.clock.s) and self.therapy.follow(self.clock, self.second()):
            self.count("step")

    def stroke(self):
        if not self.therapy.flow.pending:
            return "not due"
        permit = self.guard.ask(self.clock, self.total)
        self.count(f"refusal {self.guard.refusal}")
        if permit is None:
            return "refused %d, gate %d" % (self.guard.refusal,
                                            self.guard.gate_left_ms(self.clock))
        self.total += 1
        self.guard.charge(permit, self.total, self.clock)
        before = self.dice.below(4096)
        moved = 256 if self.dice.below(3) else self.dice.below(300)
        highest_raw = self.dice.one_of([1_000, 600, 100])
        first_raw, step_raw = self.dice.below(highest_raw), self.dice.below(highest_raw)
        samples = [(first_raw + i * step_raw) % highest_raw for i in range(15)]
        self.check.judge(before, (before + moved) % 4096, self.dice.below(40) - 20, samples)
        check = self.check
        self.therapy.stroke_made(check.proven, 256)
        self.unasked.stroke(before + moved)
        verdict = self.infusion.stroke(check.measured_nl)
        if self.wear.stroke(check.measured_nl, self.clock.s):
            self.therapy.flow.set_stroke(self.clock.tick, self.wear.stroke_pl)
            self.guard.extra_permille = self.wear.extra_permille()
            self.count("wear")
        if self.wear.doubtful:
            self.count("wear doubtful")
            self.wear.reset()
        return "%d %d stroke %d %d: %d %d counts %d nL %s %s %s" % (
            verdict, self.wear.stroke_pl, permit.serial, permit.mark, check.moved, check.proven,
            check.measured_nl, check.stalled(), check.dry(), check.contradicted())

    def press(self):
        self.presses += 1
        profiles = self.therapy.programme.profiles
        number = self.dice.below(max(1, len(profiles)))
        reservoir_nl = 20_000_000 if self.dice.below(9) else 5_000
        result = self.guard.bolus_refusal(self.clock, reservoir_nl, number)
        self.count(f"press {result}")
        if result == codes.GRANTED:
            if self.guard.phase == CLINICIAN:
                self.count("pre-empted")
            self.guard.grant(self.clock, number)
            self.therapy.start_bolus(self.clock.tick, profiles[number].nl, profiles[number].s)
        left_s = self.lockout.left_s(self.clock.s)
        return f"press {number} {codes.error_name(result)}, lockout {left_s}"

    def clinician(self):
        nl, s = 4_000 + self.dice.below(20_000), 600 + self.dice.below(9_000)
        reservoir_nl = 20_000_000 if self.dice.below(9) else 5_000
        result = self.guard.clinician_refusal(self.clock, reservoir_nl, nl)
        self.count(f"clinician {result}")
        if result == codes.GRANTED:
            self.guard.grant_clinician(self.clock, nl, s)
            self.therapy.start_clinician(self.clock.tick, nl, s)
        return f"clinician {codes.error_name(result)}, lockout {self.lockout.left_s(self.clock.s)}"

    def prime(self):
        nl = 1_000 + self.dice.below(40_000)
        result = self.guard.prime_refusal(20_000_000, nl)
        self.count(f"prime {result}")
        if result == codes.GRANTED:
            self.guard.grant_prime(self.clock, nl, prime_duration_s(nl))
            self.therapy.start_prime(self.clock.tick, nl, prime_duration_s(nl))
        return f"prime {codes.error_name(result)}, primed {self.ledger.primed}"

    def refill(self):
        self.lockout.restart(self.clock.s + 1, self.guard.limits.longest_lockout_s)
        self.ledger.refilled(self.clock.s)
        hours = reservoir.refill_in_h(20_000_000, 1_000_000, self.therapy.programme)
        return f"refill, next in {hours} h, {reservoir.commanded_nl(10**7, 777, self.stroke_pl)}"

    def set_clock(self):
        if self.dice.below(4) == 0:
            self.wall_s = 0
        else:
            self.wall_s = 1_700_000_000 + self.dice.below(9) * 12_345
            self.offset_min = self.dice.below(1_681) - 840
        if self.guard.phase not in (OFF, PRIME):
            self.therapy.clock_was_set(self.clock, self.second())
        return f"clock {self.second()} {self.therapy.flex.due_s}"

    def stop(self):
        return self.run(False)

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
        self.guard.drop_clinician()
        self.guard.end_bolus(self.clock)
        minimum = on and self.dice.below(6) == 0
        self.guard.run(on, minimum)
        if on:
            self.therapy.stop(self.clock.tick)
            self.therapy.start(self.clock, self.second(), minimum)
        else:
            self.therapy.stop(self.clock.tick)
        return f"run {on} {minimum}"

    def power_cut(self):
        self.ledger.restamp(self.clock.s, WINDOWS_S[-1])
        self.lockout.restart(self.clock.s, self.guard.limits.longest_lockout_s)
        running = self.guard.phase not in (OFF, PRIME)
        programme = self.therapy.programme
        self.guard = Guard(self.guard.limits, self.ledger, self.lockout, self.clock, self.total)
        self.guard.run(running)
        self.therapy = Therapy(programme, self.clock.tick)
        if running:
            self.therapy.start(self.clock, self.second())
        return f"power cut, lump {self.ledger.lump}"

    def sensors(self):
        pressure_pa = self.dice.below(60_000 if self.dice.below(3) == 0 else 25_000)
        flow_raw = self.dice.below(33)
        self.guard.look(pressure_pa, flow_raw, self.clock.s)
        self.guard.occlusion.stroke(pressure_pa, self.clock.s)
        self.temperature.look(self.dice.below(6_000))
        self.battery.look(2_300 + self.dice.below(700))
        unasked = self.unasked.look(self.dice.below(4_096))
        too_many = self.stop_starts.stopped(self.clock.s)
        if self.dice.below(2):
            self.guard.free_flow.zero(self.dice.below(60) - 30)
        if self.guard.occlusion.latched():
            self.guard.occlusion.reset()
        if self.guard.free_flow.present():
            self.count("free flow")
            self.guard.free_flow.reset()
        occlusion, threshold_raw = self.guard.occlusion, self.guard.free_flow.threshold_raw()
        return (f"sensors {pressure_pa} {flow_raw}: {occlusion.blocked} {occlusion.resumes} "
                f"{threshold_raw} {self.temperature.outside} {self.battery.state} {unasked} "
                f"{too_many}")

    def link(self):
        # Not a list: grown to 512 places it would ask a small, used heap for 4 kB in one piece.
        payload = bytearray(self.dice.below(40 if self.dice.below(8) else 290))
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
            priming = self.guard.phase == PRIME
            self.guard.drop_clinician()
            self.guard.end_bolus(self.clock)
            if priming:
                self.therapy.stop(self.clock.tick)
        self.therapy.limit_rate(self.clock, rate)
        self.guard.blocked = rate == codes.RATE_STOP
        self.guard.alarmed = rate != codes.RATE_UNCHANGED
        self.count(f"rate {rate}")
        return f"alarms {self.alarms.active} rate {rate} priority {self.alarms.priority()}"

    def state(self):
        """What each event may change."""
        guard, flow = self.guard, self.therapy.flow
        self.due_ms = self.therapy.next_due_ms(self.clock)
        return "%d %d %d %d %d %s %d %d %d" % (
            self.clock.tick, self.clock.s, self.clock.ms, guard.phase, self.total,
            self.due_ms, flow.ordered_nl, flow.lost_nl, self.therapy.rate_nl_per_h())

    def whole_state(self):
        """What is reckoned from it besides."""
        guard, ledger = self.guard, self.ledger
        limits, patient = guard.limits, self.therapy.patient
        share_nl = bolus_share_nl(patient.nl, patient.rate_nl_per_h, self.therapy.basal_nl_per_h(),
                                  patient.strokes, self.stroke_pl)
        starved = starvation.starved(self.clock.s, guard._last_s, limits.longest_gap_s, 0)
        used = [guard.used_strokes(self.clock.s, window_s) for window_s in WINDOWS_S]
        return " ".join([str(number) for number in (
            used, ledger.grant_count, ledger.weight(ledger.newest), starved, share_nl,
            guard.rest_of_clinician(guard._last_tick), ledger.primed, ledger.primed_weight)])


def hexed(data):
    return binascii.hexlify(data).decode()


def live(day, first, last):
    """Let the events from number `first` to before `last` happen, a line for each."""
    for number in range(first, last):
        told = day.step()
        if number % WHOLE == 0:
            print(number, told, "|", day.state(), day.whole_state())
        else:
            print(number, told, "|", day.state())


def count(day):
    """How often what happened."""
    for what in sorted(day.counts):
        print("count:", what, day.counts[what])


def main(seed=1, events=10_000):
    day = Day(seed)
    live(day, 0, events)
    count(day)


if __name__ == "__main__":
    main(*[int(argument) for argument in sys.argv[1:]])
