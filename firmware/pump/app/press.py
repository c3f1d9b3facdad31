"""The patient's button: a press that asks for a bolus, and what else it can mean (SR14, SR24)."""

from pump.app import alarming, bolus
from pump.core.button import FREED, NONE, PRESS, STOP, STUCK
from thecal_wire import codes, events, halpipe

_BUTTON_EVENTS = {STOP: events.BUTTON_STOP, STUCK: events.BUTTON_STUCK, FREED: events.BUTTON_FREED}


def meant(pump, what, stop):
    """Act on what the button meant; `stop(pump, actor)` stops therapy."""
    if what == NONE:
        return
    if what == PRESS:
        press(pump)
        return
    kind = _BUTTON_EVENTS.get(what, events.BUTTON_OTHER)
    pump.journal.write(events.BUTTON, kind, pump.button.held_ms)
    if kind == events.BUTTON_STOP:
        stop(pump, codes.ACTOR_PATIENT)
        pump.board.sound(halpipe.PATTERN_STOP)
    elif kind == events.BUTTON_STUCK:
        alarming.raise_alarm(pump, codes.STUCK_BUTTON)
    if what == FREED:
        alarming.clear_alarm(pump, codes.STUCK_BUTTON)


def press(pump):
    """A press that counts: ask the guard, grant or tell the patient no; log it once."""
    clock, number = pump.clock, 0
    if pump.guard is None:
        result, left_s = codes.NOT_RUNNING, 0
    else:
        bolus.over(pump)
        pump.therapy.advance(clock)  # what was due before the press is counted before it
        number = pump.profile()
        result = pump.guard.bolus_refusal(clock, pump.state.reservoir_nl, number)
        left_s = pump.lockout.left_s(clock.s)
    if result == codes.GRANTED and not _grant(pump, number):
        result = codes.UNAVAILABLE
    write_press(pump, result, left_s, min(pump.button.held_ms, 0xFFFF))
    if result == codes.GRANTED:
        _begin(pump, number)
    pump.board.sound(
        halpipe.PATTERN_GRANTED if result == codes.GRANTED else halpipe.PATTERN_REFUSED)


def write_press(pump, result, left_s, held_ms):
    """Log one press and its answer."""
    bolus_id = pump.tally.bolus.id & 0xFFFF if result == codes.GRANTED else 0
    pump.journal.write(events.PRESS, result, left_s, held_ms, pump.ledger.grant_count, bolus_id)


def _grant(pump, number):
    profile = pump.therapy.programme.profiles[number]
    if not bolus.write_grant(pump, codes.PATIENT_BOLUS, 0, profile.nl, profile.s,
                             profile.lockout_s):
        return False
    pump.state.restarts = 0
    return True


def _begin(pump, number):
    profile = pump.therapy.programme.profiles[number]
    pump.report_delivery()
    pump.guard.grant(pump.clock, number)
    pump.therapy.start_bolus(pump.clock.tick, profile.nl, profile.s)
    bolus.begun(pump, codes.PATIENT_BOLUS, codes.ACTOR_PATIENT)
