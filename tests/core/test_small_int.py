"""A control step needs no integer above 30 bits, at every extreme of rate, stroke and time."""

import operator

import pytest

from pump.core import ledger as ledger_module
from pump.core import starvation, window_rule
from pump.core.button import Button
from pump.core.clock import HALF, PERIOD, Clock, elapsed_ms, plus_ms
from pump.core.conditions import Battery, Temperature
from pump.core.flow import FlowControl
from pump.core.free_flow import FreeFlow
from pump.core.guard import Guard
from pump.core.infusion_check import InfusionCheck
from pump.core.ledger import BUCKET_MAX, QUARTER_S
from pump.core.lockout import Lockout
from pump.core.occlusion import Occlusion
from pump.core.pauses import StopStarts, too_long
from pump.core.stroke_check import StrokeCheck
from pump.core.therapy import Therapy
from pump.core.unasked import Unasked
from pump.core.units import STROKE_WIDEST_PL
from pump.core.wear import Wear
from tests.core.parts import NO_BOLUS, limits, programme
from tests.core.small_int import (
    HIGH,
    LOW,
    Small,
    TooWide,
    ledger_of_smalls,
    shrink,
    small_range,
    smalls,
)

THIRTY_YEARS_S = 30 * 365 * 86_400
NEAR_THE_WRAP = PERIOD - 400_000
SLOWEST, FASTEST = 2_000, 1_000_000
EXTREMES = [(rate, stroke_pl) for rate in (SLOWEST, FASTEST) for stroke_pl in (200_000, 290_000)]
extremes = pytest.mark.parametrize(("rate", "stroke_pl"), EXTREMES)


@pytest.fixture(autouse=True)
def ranges_of_smalls(monkeypatch):
    for module in (ledger_module, window_rule):
        monkeypatch.setattr(module, "range", small_range, raising=False)


def at(ms):
    return Small((NEAR_THE_WRAP + ms) % PERIOD)


def flow_at(rate, stroke_pl):
    flow = shrink(FlowControl(Small(stroke_pl), at(0)))
    flow.set_rate(at(0), Small(rate))
    return flow


# --- does the check itself bite? --------------------------------------------------


@pytest.mark.parametrize(
    ("reckon", "left", "right"),
    [(operator.add, HIGH, 1), (operator.sub, LOW, 1), (operator.mul, 2**15, 2**15),
     (operator.lshift, 1, 30), (operator.or_, 1, 2**30), (operator.floordiv, LOW, -1)],
)
def test_a_result_beyond_31_bits_raises_whichever_side_is_small(reckon, left, right):
    with pytest.raises(TooWide):
        reckon(Small(left), right)
    with pytest.raises(TooWide):
        reckon(left, Small(right) if right != 2**30 else Small(2**30))


def test_results_stay_small_and_the_edges_are_right():
    for result in (Small(5) + 2, 2 - Small(5), -Small(5), 7 // Small(2), Small(7) % 4,
                   divmod(Small(9), 2)[0], abs(Small(-3)), Small(6) & 3, sum([Small(1)])):
        assert type(result) is Small
    assert (Small(HIGH - 1) + 1, Small(LOW + 1) - 1) == (HIGH, LOW)
    with pytest.raises(TooWide):
        Small(HIGH + 1)


def test_it_finds_a_rate_times_time_and_a_stroke_too_large():
    with pytest.raises(TooWide):
        Small(FASTEST) * Small(5_000)
    with pytest.raises(TooWide):
        FlowControl(Small(300_000), at(0))


def test_it_is_still_small_at_the_far_end_of_the_paths_below():
    """Else a plain int slipped in, and nothing was checked behind it."""
    pump = pump_at(FASTEST, 200_000)
    pump.stroke()
    kept = [pump.flow._credit, pump.flow._stroke, pump.flow.ordered_nl, pump.flow._at,
            pump.clock.s, pump.clock.ms, pump.clock.tick, pump.guard._tally_strokes,
            pump.guard._last_tick, pump.guard.gate_left_ms(pump.clock),
            pump.guard.used_strokes(pump.clock.s), pump.guard._permit.serial,
            pump.ledger.weight(pump.ledger.newest), pump.ledger.newest]
    assert {type(value) for value in kept} == {Small}


# --- flow -------------------------------------------------------------------------


@extremes
@pytest.mark.parametrize("span_ms", [1, 719, 720, 899_999, 900_000, 900_001, 5_000_000, HALF - 1])
def test_flow_over_any_span(rate, stroke_pl, span_ms):
    flow = flow_at(rate, stroke_pl)
    if rate == FASTEST:  # stroke by stroke: 74 h would take a while
        span_ms = min(span_ms, 20_000_000)
    flow.advance(at(span_ms))
    flow.next_due_ms(at(span_ms))
    flow.hold(at(span_ms), True)
    flow.advance(at(span_ms + 7_777))
    flow.hold(at(span_ms + 7_777), False)


@extremes
def test_flow_stroke_by_stroke_and_looked_at_in_between(rate, stroke_pl):
    flow, now_ms = flow_at(rate, stroke_pl), 0
    for _ in range(300):
        now_ms += flow.next_due_ms(at(now_ms))
        flow.advance(at(now_ms - 1))
        flow.advance(at(now_ms))
        assert flow.pending
        flow.stroke_made(Small(256), Small(256))


@pytest.mark.parametrize("estimated_pl", [190_000, 297_000, 319_000, 10**6])
def test_a_stroke_that_wear_made_larger_or_smaller(estimated_pl):
    flow = flow_at(FASTEST, 290_000)
    flow.set_stroke(at(100), Small(estimated_pl))
    assert flow.stroke_pl == min(estimated_pl, STROKE_WIDEST_PL)
    for now_ms in (900, 1_800, 60_000, 5_000_000):
        flow.advance(at(now_ms))
        flow.next_due_ms(at(now_ms))
        flow.stroke_made(Small(0), Small(256))


@extremes
@pytest.mark.parametrize("moved", [0, 1, 128, 255])
def test_a_shortfall_right_after_a_stroke_was_due(rate, stroke_pl, moved):
    flow = flow_at(rate, stroke_pl)
    flow.advance(at(flow.next_due_ms(at(0))))
    flow.stroke_made(Small(moved), Small(256))


@pytest.mark.parametrize("stroke_pl", [200_000, 290_000])
def test_a_shortfall_while_the_next_stroke_is_nearly_full(stroke_pl):
    flow = flow_at(FASTEST, stroke_pl)
    flow.advance(at(2 * flow.next_due_ms(at(0)) - 1))
    flow.stroke_made(Small(0), Small(256))


@extremes
def test_a_changing_rate_between_the_extremes(rate, stroke_pl):
    flow, now_ms = flow_at(rate, stroke_pl), 0
    for turn in range(60):
        now_ms += 1 + turn * 997
        flow.set_rate(at(now_ms), Small((SLOWEST, FASTEST, 0, 333_333)[turn % 4]))
        flow.next_due_ms(at(now_ms))
        if flow.pending:
            flow.stroke_made(Small(256), Small(256))


# --- clock ------------------------------------------------------------------------


def test_ticks_and_pump_time():
    edges = [0, 1, HALF - 1, HALF, PERIOD - 1]
    for later in edges:
        for earlier in edges:
            elapsed_ms(Small(later), Small(earlier))
        plus_ms(Small(later), Small(HALF - 1))
        clock = shrink(Clock(Small(later), Small(THIRTY_YEARS_S), Small(999)))
        for _ in range(5):
            clock.advance(Small((clock.tick + HALF - 1) % PERIOD))
        assert type(clock.s) is Small


# --- guard, ledger, therapy together ----------------------------------------------


class Pump:
    """The parts of a control step, all of Smalls, at 30 years of pump time."""

    def __init__(self, its_limits, made):
        self.clock = shrink(Clock(at(0), Small(THIRTY_YEARS_S)))
        self.ledger = ledger_of_smalls()
        self.ledger.advance(self.clock.s)
        self.lockout = shrink(Lockout())
        self.total = Small(HIGH - 100_000)
        self.guard = shrink(Guard(shrink(its_limits), self.ledger, self.lockout, self.clock,
                                  self.total))
        shrink(self.guard._permit)
        self.guard.limits.windows = tuple(smalls(its_limits.windows))
        self.guard.limits.most = smalls(its_limits.most)
        for profile in its_limits.profiles:
            shrink(profile)
        self.guard.run(True)
        made.rates = smalls(made.rates)
        self.therapy = shrink(Therapy(shrink(made), self.clock.tick))
        self.flow = shrink(self.therapy.flow)
        for part in (self.therapy.flex, self.therapy.patient, self.therapy.clinician,
                     self.therapy.pulse):
            shrink(part)
        self.therapy.start(self.clock, Small(0))
        self.check = shrink(StrokeCheck(made.stroke_pl))

    def wait(self, span_ms):
        self.clock.advance(plus_ms(self.clock.tick, Small(span_ms)))
        self.guard.advance(self.clock)
        if self.therapy.step_due(self.clock.s):
            self.therapy.follow(self.clock, Small(300_000))
        self.therapy.advance(self.clock)
        self.guard.look(Small(-70_000), Small(-3_000), self.clock.s)

    def stroke(self):
        while not self.flow.pending:
            self.wait(self.therapy.next_due_ms(self.clock))
        while (permit := self.guard.ask(self.clock, self.total)) is None:
            self.wait(self.guard.gate_left_ms(self.clock) or 1_000)
        self.total += 1
        self.guard.charge(permit, self.total, self.clock)
        self.check.judge(Small(4_000), Small(160), Small(-200), [Small(3_000)] * 15)
        self.therapy.stroke_made(self.check.moved, Small(256))


def pump_at(rate, stroke_pl):
    """Basal, periodic and patient bolus together at `rate`, 10 mg/mL, windows of a day."""
    basal, bolus = (rate - rate // 2) * 240, rate // 4 * 10
    fields = {"basal_ng_per_day": basal, "bolus_ng": bolus, "bolus_duration_s": 3_600,
              "bolus_lockout_s": 86_400, "limit_24h_ng": 4_000_000_000, "periodic_ng": bolus // 2,
              "periodic_duration_s": 1_800, "periodic_interval_s": 86_400}
    if rate == SLOWEST:
        fields = {**NO_BOLUS, "basal_ng_per_day": rate * 240, "limit_24h_ng": 2**31}
    return Pump(limits(stroke_pl, **fields), programme(stroke_pl, **fields))


@extremes
def test_a_control_step_with_basal_bolus_and_a_full_history(rate, stroke_pl):
    pump = pump_at(rate, stroke_pl)
    for slot in range(97):  # as full as the format allows
        pump.ledger.basal[slot] = Small(4_000)
        pump.ledger.bolus[slot] = Small(4_000)
    pump.guard.limits.windows = tuple(smalls([HIGH, HIGH - 1, HIGH - 1]))
    pump.guard.extra_permille = Small(99)
    for _ in range(30):
        pump.stroke()
    if rate != SLOWEST:
        give_a_bolus(pump)
    pump.guard.look(Small(60_000), Small(0), pump.clock.s)
    pump.guard.look(Small(0), Small(0), pump.clock.s)
    pump.stroke()


def give_a_bolus(pump):
    profile = pump.guard.limits.profiles[0]
    pump.guard.grant(pump.clock, 0)
    pump.therapy.start_bolus(pump.clock.tick, profile.nl, profile.s)
    for _ in range(60):
        pump.stroke()
    pump.wait(3_600_000)
    assert not pump.therapy.patient.running
    assert type(pump.lockout.left_s(pump.clock.s)) is Small


def test_a_periodic_bolus_that_waited_for_years_under_an_alarm():
    pump = pump_at(FASTEST, 200_000)
    pump.therapy.limit_rate(pump.clock, 1)
    pump.clock.s += Small(10**8)
    pump.therapy.limit_rate(pump.clock, 0)
    pump.therapy.next_due_ms(pump.clock)
    pump.therapy._pulse_due_s = pump.clock.s - 10**8
    pump.therapy.next_due_ms(pump.clock)


def test_priming_and_the_clock_set_meanwhile():
    pump = pump_at(FASTEST, 290_000)
    pump.guard.run(False)
    pump.therapy.stop(pump.clock.tick)
    pump.guard.grant_prime(pump.clock, Small(250_000), Small(1_800))
    pump.therapy.start_prime(pump.clock.tick, Small(250_000), Small(1_800))
    for _ in range(60):
        pump.stroke()
    pump.therapy.clock_was_set(pump.clock, Small(604_799))
    assert pump.ledger.primed == 60 and type(pump.ledger.primed_weight) is Small


def test_the_window_rule_with_every_bucket_full():
    ledger = ledger_of_smalls()
    ledger.advance(Small(THIRTY_YEARS_S))
    for slot in range(97):
        ledger.basal[slot] = Small(BUCKET_MAX // 2)
        ledger.bolus[slot] = Small(BUCKET_MAX // 2)
    ledger.primed_weight = Small(6_250)
    ledger.primed_s = Small(THIRTY_YEARS_S)
    for most_a_quarter in (0, 1_250):
        load = window_rule.worst_load(ledger, Small(THIRTY_YEARS_S), Small(86_400), Small(30_000),
                                      smalls(most_a_quarter * k for k in range(99)), Small(720))
        assert type(load) is Small and load > 97 * 65_000


def test_a_ledger_of_thirty_years_moves_on_and_restamps():
    ledger, now_s = ledger_of_smalls(), Small(THIRTY_YEARS_S)
    for _ in range(200):
        now_s += 700
        ledger.advance(now_s)
        ledger.add(True)
        ledger.add_grant(now_s)
        ledger.restamp(now_s, Small(86_400))
        assert type(ledger.in_window(now_s, Small(86_400))) is Small
        assert type(ledger.weight(now_s // QUARTER_S)) is Small
    assert type(ledger.lump) is Small


# --- the small ones ---------------------------------------------------------------


def test_button_alarms_and_detectors():
    button = shrink(Button(at(0), Small(0)))
    for edge_ms in (1_000, 1_100, 300_000, 500_000, HALF - 1):
        button.edge(at(edge_ms), Small(edge_ms % 2))
        button.settle(at(edge_ms + 40))
        button.next_ms(at(edge_ms + 40))
    occlusion = shrink(Occlusion(Small(50_000)))
    for pressure_pa in (-(2**20), 2**29, 0):
        occlusion.look(Small(pressure_pa), Small(THIRTY_YEARS_S))
    free_flow = shrink(FreeFlow(Small(30)))
    for flow_raw in (-32_768, 32_767):
        free_flow.zero(Small(flow_raw))
        free_flow.look(Small(flow_raw))
        free_flow.threshold_raw()
    for _ in range(25):
        occlusion.stroke(Small(2**29), Small(THIRTY_YEARS_S))
    for gap_s in (0, 1, 700_000):
        starvation.starved(Small(THIRTY_YEARS_S), Small(0), Small(gap_s), Small(1))
    too_long(Small(THIRTY_YEARS_S), Small(0), Small(0))
    stops = shrink(StopStarts())
    for _ in range(5):
        stops.stopped(Small(THIRTY_YEARS_S))
    for part, reading in ((Temperature(), -40_000), (Battery(), 65_535)):
        for _ in range(4):
            shrink(part).look(Small(reading))
    unasked = shrink(Unasked())
    for encoder in (4_095, 0, 2_048):
        unasked.look(Small(encoder))


@pytest.mark.parametrize("sensed_pl", [100_000, 580_000])
@pytest.mark.parametrize("measured_nl", [0, 250, 1_160])
def test_wear_and_infusion_over_thirty_years(sensed_pl, measured_nl):
    wear = shrink(Wear(Small(290_000), Small(sensed_pl), Small(0)))
    infusion = shrink(InfusionCheck(Small(sensed_pl // 1000)))
    for stroke in range(1_700):
        wear.stroke(Small(measured_nl), Small(THIRTY_YEARS_S + stroke * 10_000))
        wear.extra_permille()
        infusion.stroke(Small(measured_nl))
        if stroke % 400 == 399:
            wear.reset()


@pytest.mark.parametrize("stroke_pl", [200_000, 290_000])
def test_a_flow_sensor_at_its_rails(stroke_pl):
    check = shrink(StrokeCheck(Small(stroke_pl)))
    for sample, count in ((-32_767, 15), (32_766, 15), (32_766, 255)):
        check.judge(Small(0), Small(4_095), Small(-sample), [Small(sample)] * count)
        assert type(check.proven) is Small
