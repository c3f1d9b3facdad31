"""One stroke: ask the guard, mark, move, judge (SR08, SR54).

No mark, no stroke: the tally is written and read back before the board moves.
"""

from pump.app import alarming, bolus
from pump.core import guard as guard_rules
from pump.core import reservoir
from pump.core.infusion_check import OVER, UNDER
from pump.core.stroke_check import COUNTS_PER_STROKE
from pump.store.nor import FlashFault
from thecal_wire import codes, events

BLIND_LOOKS, BLIND_S = 3, 5


def look_without_guard(pump):
    """With no prescription nothing is delivered: free flow is all there is to see."""
    free_flow = pump.free_flow
    for _ in range(2):
        flow_raw = pump.board.look().flow_raw
        if flow_raw is not None:
            free_flow.look(flow_raw)
        if not free_flow.suspected():
            break
    if free_flow.present():
        alarming.raise_alarm(pump, codes.FREE_FLOW, free_flow.threshold_raw())


def look(pump):
    """Look at the sensors with the rotor still and act on what they say."""
    seen = pump.board.look()
    _note_sight(pump, seen.flow_raw is not None and seen.pressure_pa is not None
                and seen.encoder is not None)
    _note_conditions(pump, seen)
    if pump.unasked.look(seen.encoder) and pump.unasked.look(pump.board.look().encoder):
        pump.unasked.seen = True
    pump.guard.look(seen.pressure_pa, seen.flow_raw, pump.clock.s)
    if pump.guard.free_flow.suspected():
        again = pump.board.look()
        pump.guard.look(again.pressure_pa, again.flow_raw, pump.clock.s)
    alarming.watch(pump)


def _note_conditions(pump, seen):
    """Temperature and battery; what cannot be read tells nothing."""
    pump.guard.temperature.look(seen.temperature_cdegc)
    pump.battery.look(seen.battery_mv)
    pump.temperature_cdegc = seen.temperature_cdegc or 0
    pump.battery_mv = seen.battery_mv or 0


def _note_sight(pump, whole):
    """Looks without a reading, three in a row over some seconds: one may be a disturbed bus."""
    if whole:
        pump.blind_looks = 0
        pump.sighted_s = pump.clock.s
        return
    pump.blind_looks += 1
    if pump.blind_looks >= BLIND_LOOKS and pump.clock.s - pump.sighted_s >= BLIND_S:
        alarming.raise_alarm(pump, codes.SENSOR_FAULT)


def stroke(pump):
    """Make the pending stroke if the guard permits it; True if one was made."""
    permit = pump.guard.ask(pump.clock, pump.tally.total)
    if permit is None:
        if pump.guard.refusal == guard_rules.LIMIT:
            alarming.raise_alarm(pump, codes.DOSE_LIMIT_HIT)
        elif pump.guard.refusal == guard_rules.TALLY_WRONG:
            alarming.raise_alarm(pump, codes.STORE_DEFECT)
        return False
    try:
        _mark(pump, permit)
    except FlashFault as fault:
        pump.board.trace("no mark, no stroke: %s" % fault)
        alarming.raise_alarm(pump, codes.STORE_DEFECT, fault.address)
        return False
    burst = pump.board.stroke(permit)
    pump.clock.advance(pump.board.now())
    _judge(pump, burst)
    alarming.clear_alarm(pump, codes.DOSE_LIMIT_HIT)
    return True


def open_marks(pump):
    """Have a tally page ready for the next mark; in idle time, so that a stroke need not."""
    if pump.guard is None or pump.guard.phase == guard_rules.OFF:
        return
    kind = bolus.mark_kind(pump.guard)
    if not pump.tally.takes_marks(kind):
        limits = pump.guard.limits
        pump.tally.open_marks(pump.clock.s, pump.board.wall_get(), pump.wear.charge_pl(),
                              limits.stroke_pl, limits.pg_per_stroke, kind)


def _mark(pump, permit):
    open_marks(pump)
    try:
        mark = pump.tally.mark(pump.clock.s)
    except FlashFault:
        # The tally counted it, so the guard does too; the permit stays unmarked: no stroke.
        pump.guard.charge(permit, 0, pump.clock)
        raise
    pump.guard.charge(permit, mark, pump.clock)


def _judge(pump, burst):
    check, guard, state = pump.check, pump.guard, pump.state
    check.judge(burst.encoder_before, burst.encoder_after, burst.zero_raw, burst.samples)
    pump.therapy.stroke_made(check.proven, COUNTS_PER_STROKE)
    pump.journal.stroke(check.measured_nl)
    pump.last_stroke_s = pump.clock.s
    state.boots = 0
    used_nl = pump.stroke_pl // 1000 if check.blind else check.measured_nl
    state.reservoir_nl = max(0, state.reservoir_nl - used_nl)
    pump.unasked.stroke(burst.encoder_after)
    if not check.blind:
        _weigh(pump, check.measured_nl)
    if burst.zero_raw is not None:
        guard.free_flow.zero(burst.zero_raw)
    if burst.pressure_pa is not None:
        guard.occlusion.stroke(burst.pressure_pa, pump.clock.s)
    if check.contradicted() or check.unseen():
        alarming.raise_alarm(pump, codes.SENSOR_FAULT)
    _note_sight(pump, not check.blind and burst.encoder_after is not None
                and burst.pressure_pa is not None)
    if check.stalled():
        alarming.raise_alarm(pump, codes.STALL, max(0, check.moved))
    elif check.dry() or reservoir.is_empty(state.reservoir_nl):
        alarming.raise_alarm(pump, codes.RESERVOIR_EMPTY, state.reservoir_nl)
    alarming.watch(pump)


def _weigh(pump, measured_nl):
    """Compare what the sensor saw with what strokes should move, and follow the tube's wear."""
    verdict = pump.infusion.stroke(measured_nl)
    if verdict == OVER:
        alarming.raise_alarm(pump, codes.OVER_INFUSION)
    elif verdict == UNDER:
        alarming.raise_alarm(pump, codes.UNDER_INFUSION)
    elif pump.infusion.begins():
        alarming.clear_alarm(pump, codes.UNDER_INFUSION)
    wear = pump.wear
    if wear.stroke(measured_nl, pump.clock.s):
        pump.weigh_strokes()
        pump.journal.write(events.WEAR, wear.stroke_pl, min(wear.ratio_permille, 0xFFFF),
                           pump.tally.total)
    if wear.doubtful:
        alarming.raise_alarm(pump, codes.WEAR_BOUND, wear.ratio_permille)
