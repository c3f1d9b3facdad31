"""Names and numbers of modes, refusals, errors and alarms (append-only).

A number is never used twice and never removed. A reader that meets an unknown
number shows it as ``unknown(N)`` instead of failing.
"""

# --- Modes -------------------------------------------------------------------
STOPPED, RUNNING, BOLUS, SAFE = 0, 1, 2, 3
MODES = ("stopped", "running", "bolus", "safe")

# --- Why a request is refused: 1 to 31, the same word on the device, on the
# wire and in JSON. 0 means granted.
GRANTED = 0
LOCKOUT, COUNT, DOSE_LIMIT, BOLUS_ACTIVE, NOT_RUNNING = 1, 2, 3, 4, 5
ALARM, RESERVOIR, TOO_SMALL, UNAVAILABLE = 6, 7, 8, 9

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
