"""Alarms: raise, log, sound, and the rate they lead to.

A rule in core says what is wrong; here it becomes an alarm in the log and at
the sounder, flow is held or lowered, and a running bolus ends (SR06, SR23).
"""

from pump.app import bolus
from pump.core import pauses, reservoir, starvation
from pump.core.conditions import EOS, ERI
from pump.store.nor import FlashFault
from thecal_wire import codes, events


def raise_alarm(pump, code, value=0, latch=False):
    """Make an alarm active; logs it if it was not."""
    if pump.alarms.raise_(code, pump.clock.s, latch):
        pump.journal.write(events.ALARM_BEGIN, code, codes.ALARMS[code][1], value)
        settle(pump)


def clear_alarm(pump, code):
    """End an alarm whose cause is gone; a latched one stays."""
    if pump.alarms.is_active(code) and pump.alarms.clear(code):
        _log_end(pump, code, codes.ACTOR_SYSTEM)
        settle(pump)


def acknowledge(pump, actor):
    """A clinician acts: latched alarms end, their detectors look anew (SR75)."""
    for code in pump.alarms.acknowledge():
        _log_end(pump, code, actor)
        if code == codes.LONG_STOPPED:
            pump.let_s = pump.clock.s
    pump.crashes = pump.blind_looks = 0
    pump.free_flow.reset()
    pump.unasked.reset()
    pump.stop_starts.reset()
    if pump.guard is not None:
        pump.check.reset()
        pump.guard.occlusion.reset()
        pump.guard.free_flow.reset()
        pump.wear.reset()
    settle(pump, actor)


def settle(pump, actor=codes.ACTOR_SYSTEM):
    """Bring rate, guard, sounder, light and tally in line with the active alarms."""
    rate = pump.alarms.rate()
    priority = pump.alarms.priority()
    if pump.therapy is not None:
        if rate != codes.RATE_UNCHANGED:
            bolus.finish(pump, codes.END_ALARM)
        pump.report_delivery()
        if rate == codes.RATE_STOP and not pump.guard.blocked and pump.therapy.running:
            _count_stop(pump)
        was_held = pump.therapy.flow.held
        pump.therapy.limit_rate(pump.clock, rate)
        pump.guard.blocked = rate == codes.RATE_STOP
        pump.guard.alarmed = rate != codes.RATE_UNCHANGED
        pump.board.enable(pump.therapy.running and not pump.guard.blocked)
        if was_held and not pump.therapy.flow.held:
            pump.due_since_s = pump.clock.s
    pump.board.sound(priority)
    pump.board.light(priority)
    _keep_latched(pump)
    pump.update_mode(actor)


def watch(pump):
    """Follow the causes that the rules in core report, with the rotor still."""
    guard = pump.guard
    occlusion = guard.occlusion
    if guard.free_flow.present():
        raise_alarm(pump, codes.FREE_FLOW, guard.free_flow.threshold_raw())
    if occlusion.blocked:
        raise_alarm(pump, codes.OCCLUSION, occlusion.threshold_pa, occlusion.latched())
    else:
        clear_alarm(pump, codes.OCCLUSION)
    if occlusion.resumes != pump.state.resumes:
        pump.state.resumes = occlusion.resumes
        pump.write_state()
    _watch_conditions(pump)
    _watch_starvation(pump)
    if (pump.alarms.is_active(codes.DOSE_LIMIT_HIT)
            and guard.within_limits(pump.clock.s)):
        clear_alarm(pump, codes.DOSE_LIMIT_HIT)
    if pump.journal.failed:
        pump.journal.failed = False
        raise_alarm(pump, codes.STORE_DEFECT)


def _watch_starvation(pump):
    """Too little, unless a held or limited rate already says so."""
    if pump.alarms.rate() != codes.RATE_UNCHANGED or not pump.therapy.running:
        return
    since_s = max(pump.last_stroke_s, pump.due_since_s)
    if starvation.starved(pump.clock.s, since_s, pump.gap_s(), pump.state.boots):
        raise_alarm(pump, codes.STARVATION, pump.state.boots)
    else:
        clear_alarm(pump, codes.STARVATION)


def _watch_conditions(pump):
    """Temperature, battery, strokes nobody asked for."""
    if pump.guard.temperature.outside:
        raise_alarm(pump, codes.TEMPERATURE, pump.temperature_cdegc)
    else:
        clear_alarm(pump, codes.TEMPERATURE)
    if pump.battery.state == EOS:
        raise_alarm(pump, codes.BATTERY_EOS, pump.battery_mv)
    elif pump.battery.state == ERI:
        raise_alarm(pump, codes.BATTERY_ERI, pump.battery_mv)
    if pump.unasked.seen:
        raise_alarm(pump, codes.UNASKED_STROKE)


def watch_idle(pump):
    """Therapy that has not run for long (SR56); forgotten once it runs."""
    if pump.therapy is None or pump.therapy.running:
        clear_alarm(pump, codes.LONG_PAUSE)
    elif pump.clock.s - pump.stopped_s >= pump.therapy.programme.pause_s:
        raise_alarm(pump, codes.LONG_PAUSE)


def watch_reservoir(pump):
    """Little left, or two accounts that do not agree (SR42, SR43)."""
    left_nl = pump.state.reservoir_nl
    if pump.therapy is not None and left_nl <= pump.therapy.programme.low_nl:
        raise_alarm(pump, codes.RESERVOIR_LOW, left_nl)
    else:
        clear_alarm(pump, codes.RESERVOIR_LOW)
    refilled_nl = pump.tally.refilled_nl
    if refilled_nl and reservoir.differ(left_nl, commanded_nl(pump), refilled_nl):
        raise_alarm(pump, codes.RESERVOIR_DIVERGES, left_nl)


def watch_long_stop(pump):
    """Therapy is due and gave nothing for 48 h: only a clinician starts it again (SR10)."""
    since_s, off_s = pump.last_stroke_s, pump.tally.off_s
    if pump.let_s >= since_s:
        since_s, off_s = pump.let_s, 0
    if pump.gap_s() and pauses.too_long(pump.clock.s, since_s, off_s):
        raise_alarm(pump, codes.LONG_STOPPED)


def commanded_nl(pump):
    """What is left in the reservoir by the strokes made since the refill."""
    strokes = pump.tally.total - pump.tally.refill_total
    return reservoir.commanded_nl(pump.tally.refilled_nl, strokes, pump.stroke_pl)


def _count_stop(pump):
    """Flow is about to be stopped by an alarm: three times in 10 min is too often (SR55)."""
    if pump.stop_starts.stopped(pump.clock.s) and pump.alarms.raise_(codes.STOP_STARTS,
                                                                     pump.clock.s):
        pump.journal.write(events.ALARM_BEGIN, codes.STOP_STARTS,
                           codes.ALARMS[codes.STOP_STARTS][1], pauses.STOP_STARTS)


def _log_end(pump, code, actor):
    pump.journal.write(events.ALARM_END, code, actor, pump.alarms.lasted_s(code, pump.clock.s))


def _keep_latched(pump):
    latched = pump.alarms.latched
    if latched != pump.state.latched:
        pump.state.latched = latched
        try:
            pump.write_state()
        except FlashFault as fault:
            pump.board.trace("latched alarms not kept: %s" % fault)
