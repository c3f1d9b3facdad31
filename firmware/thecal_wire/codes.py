"""Names and numbers of modes, refusals, errors and alarms (append-only).

A number is never used twice and never removed. A reader that meets an unknown
number shows it as ``unknown(N)`` instead of failing.
"""

# --- Modes -------------------------------------------------------------------
STOPPED, RUNNING, BOLUS, SAFE, MINIMUM, PRIMING = 0, 1, 2, 3, 4, 5
MODES = ("stopped", "running", "bolus", "safe", "minimum_rate", "priming")

# --- Why a request is refused: 1 to 31, the same word on the device, on the
# wire and in JSON. 0 means granted.
GRANTED = 0
LOCKOUT, COUNT, DOSE_LIMIT, BOLUS_ACTIVE, NOT_RUNNING = 1, 2, 3, 4, 5
ALARM, RESERVOIR, TOO_SMALL, UNAVAILABLE = 6, 7, 8, 9
ALREADY, PRIME_CAP, LONG_STOP = 10, 11, 12

# --- Why a message is refused: from 32 on.
BAD_LENGTH, UNKNOWN_TYPE, INVALID_FIELD, BAD_VERSION = 32, 33, 34, 35
NO_PRESCRIPTION, NO_CALIBRATION, STORE_FAILED, MUST_STOP = 36, 37, 38, 39
WRONG_DEVICE, BAD_RANGE = 40, 41

ERRORS = {
    LOCKOUT: "lockout",
    COUNT: "count",
    DOSE_LIMIT: "dose_limit",
    BOLUS_ACTIVE: "bolus_active",
    NOT_RUNNING: "not_running",
    ALARM: "alarm",
    RESERVOIR: "reservoir",
    TOO_SMALL: "too_small",
    UNAVAILABLE: "unavailable",
    ALREADY: "already",
    PRIME_CAP: "prime_cap",
    LONG_STOP: "long_stop",
    BAD_LENGTH: "bad_length",
    UNKNOWN_TYPE: "unknown_type",
    INVALID_FIELD: "invalid_field",
    BAD_VERSION: "bad_version",
    NO_PRESCRIPTION: "no_prescription",
    NO_CALIBRATION: "no_calibration",
    STORE_FAILED: "store_failed",
    MUST_STOP: "must_stop",
    WRONG_DEVICE: "wrong_device",
    BAD_RANGE: "bad_range",
}

# --- Who acted.
ACTOR_SYSTEM, ACTOR_PATIENT, ACTOR_CLINICIAN, ACTOR_ENGINEER = 0, 1, 2, 3
ACTORS = ("system", "patient", "clinician", "engineer")

# --- Which bolus.
PATIENT_BOLUS, CLINICIAN_BOLUS, PRIMING_BOLUS = 0, 1, 2
BOLUS_KINDS = ("patient", "clinician", "priming")

# --- Why a bolus ended.
END_COMPLETE, END_POWER, END_ALARM, END_STOP = 0, 1, 2, 3
BOLUS_ENDS = ("complete", "power_lost", "alarm", "stopped")

# --- Why an ordered volume was not delivered.
LOST_ALARM, LOST_POWER, LOST_BOLUS, LOST_LIMIT, LOST_LATE = 0, 1, 2, 3, 4
LOSSES = ("alarm", "power_off", "bolus_ended_early", "dose_limit", "late")

# --- Why the processor started.
RESET_POWER, RESET_WATCHDOG = 1, 3
RESETS = {RESET_POWER: "power_on", RESET_WATCHDOG: "watchdog"}

# --- Alarms ------------------------------------------------------------------
LOW, MEDIUM, HIGH = 1, 2, 3
PRIORITIES = ("none", "low", "medium", "high")

RATE_UNCHANGED, RATE_SAFE, RATE_STOP = 0, 1, 2
RATES = ("unchanged", "safe", "stop")

STALL, OCCLUSION, FREE_FLOW, RESERVOIR_EMPTY, DOSE_LIMIT_HIT = 1, 2, 3, 4, 5
STARVATION, BOLUS_UNAVAILABLE, STUCK_BUTTON, STORE_DEFECT, CLOCK_LOST = 6, 7, 8, 9, 10
SENSOR_FAULT, CRASH_LOOP = 11, 12
RESERVOIR_LOW, RESERVOIR_DIVERGES, REFILL_MISMATCH, LONG_PAUSE, LONG_STOPPED = 13, 14, 15, 16, 17
OVER_INFUSION, UNDER_INFUSION, TEMPERATURE, BATTERY_ERI, BATTERY_EOS = 18, 19, 20, 21, 22
STOP_STARTS, WEAR_BOUND, UNASKED_STROKE = 23, 24, 25

# code: (name, priority, rate it leads to, latched until a clinician acts, what to do)
ALARMS = {
    STALL: ("stall", HIGH, RATE_STOP, True,
            "The rotor does not turn: treat withdrawal, have the pump examined."),
    OCCLUSION: ("occlusion", MEDIUM, RATE_STOP, False,
                "The line is blocked: look for a kink; delivery resumes once pressure falls."),
    FREE_FLOW: ("free_flow", HIGH, RATE_STOP, True,
                "Drug flows without a stroke: watch for overdose, have the pump examined."),
    RESERVOIR_EMPTY: ("reservoir_empty", HIGH, RATE_STOP, True,
                      "No drug is left: refill, then start again."),
    DOSE_LIMIT_HIT: ("dose_limit", LOW, RATE_SAFE, False,
                     "The dose limit holds back strokes: review limit and programme."),
    STARVATION: ("starvation", MEDIUM, RATE_UNCHANGED, False,
                 "Two stroke intervals passed without a stroke: check power and line."),
    BOLUS_UNAVAILABLE: ("bolus_unavailable", LOW, RATE_UNCHANGED, False,
                        "Restarts keep the patient bolus locked: check the power supply."),
    STUCK_BUTTON: ("stuck_button", LOW, RATE_UNCHANGED, False,
                   "The button has been down for over 60 s and is ignored: free it."),
    STORE_DEFECT: ("store_defect", HIGH, RATE_STOP, True,
                   "The memory failed a check: do not rely on this pump, examine it."),
    CLOCK_LOST: ("clock_lost", LOW, RATE_UNCHANGED, False,
                 "The wall clock lost its time: set it; doses are not affected."),
    # Not a stop: a blind pump that starves its patient is no safer than one that goes on by
    # its calibration. Without the encoder it stalls within three strokes all the same.
    SENSOR_FAULT: ("sensor_fault", HIGH, RATE_SAFE, True,
                   "A sensor is silent: basal goes on by calibration, have the pump examined."),
    CRASH_LOOP: ("crash_loop", HIGH, RATE_STOP, True,
                 "The firmware failed three times in short order: have the pump examined."),
    RESERVOIR_LOW: ("reservoir_low", LOW, RATE_UNCHANGED, False,
                    "Little drug is left: plan the refill."),
    RESERVOIR_DIVERGES: ("reservoir_diverges", MEDIUM, RATE_UNCHANGED, True,
                         "Measured and commanded volume differ: check dose and reservoir."),
    REFILL_MISMATCH: ("refill_mismatch", MEDIUM, RATE_UNCHANGED, True,
                      "More or less drug was withdrawn than expected: check dose and pump."),
    LONG_PAUSE: ("long_pause", LOW, RATE_UNCHANGED, False,
                 "Therapy has been stopped for long: start it, or treat withdrawal."),
    LONG_STOPPED: ("long_stop", MEDIUM, RATE_STOP, True,
                   "No stroke for 48 h: the patient's tolerance may be gone; start anew."),
    OVER_INFUSION: ("over_infusion", HIGH, RATE_SAFE, True,
                    "More fluid was measured than ordered: watch for overdose."),
    UNDER_INFUSION: ("under_infusion", MEDIUM, RATE_UNCHANGED, False,
                     "Less fluid was measured than ordered: watch for withdrawal."),
    TEMPERATURE: ("temperature", MEDIUM, RATE_STOP, False,
                  "The pump is too hot or too cold: delivery resumes within its range."),
    BATTERY_ERI: ("battery_eri", LOW, RATE_UNCHANGED, False,
                  "The battery nears its end: plan the replacement."),
    BATTERY_EOS: ("battery_eos", HIGH, RATE_SAFE, True,
                  "The battery is at its end: replace the pump."),
    STOP_STARTS: ("stop_starts", HIGH, RATE_STOP, True,
                  "Delivery stopped three times in 10 min: have the pump examined."),
    UNASKED_STROKE: ("unasked_stroke", HIGH, RATE_STOP, True,
                     "The rotor turned without permission: have the pump examined."),
    WEAR_BOUND: ("wear_bound", MEDIUM, RATE_UNCHANGED, True,
                 "The flow sensor disagrees with calibration: delivery follows calibration."),
}


def error_name(code):
    """Name of a refusal or error code; unknown ones stay readable."""
    return ERRORS.get(code) or "unknown(%d)" % code


def alarm_name(code):
    """Name of an alarm code; unknown ones stay readable."""
    entry = ALARMS.get(code)
    return entry[0] if entry else "unknown(%d)" % code


def name_of(names, code):
    """Entry ``code`` of a name table (tuple or dict), or ``unknown(N)``."""
    if isinstance(names, dict):
        return names.get(code) or "unknown(%d)" % code
    return names[code] if 0 <= code < len(names) else "unknown(%d)" % code
