"""The prescription record as it travels and as it is stored: a head, then steps, then profiles.

Doses are ng, rates ng per day, concentration ug/mL, volumes nL, times s, starts
in quarter hours of the local day. The device derives volumes and strokes itself
when it commits; the bytes sent are the bytes kept and read back (SR39).

A step of the basal rate is (weekdays, start_quarter, ng_per_day): bit 0 of
weekdays is Monday. A profile of the patient bolus is (start_quarter, ng,
duration_s, lockout_s, count_per_24h). A limit of 0 is no limit.
"""

import struct

VERSION = 2
HEAD = "<BB12s16sIIIIIIIIHHIIHBB"
HEAD_BYTES = 78
STEP = "<BBI"
STEP_BYTES = 6
PROFILE = "<BIIIB"
PROFILE_BYTES = 14
STEPS_MAX = 24
PROFILES_MAX = 4
BYTES_MAX = HEAD_BYTES + STEPS_MAX * STEP_BYTES + PROFILES_MAX * PROFILE_BYTES
EVERY_DAY = 0x7F
QUARTERS_PER_DAY = 96

# Index in this tuple = `field` of an INVALID_FIELD error. Of the fields from
# `step_weekdays` on there are several: the error's `limit` is the range's, and
# the entry at fault stands in the order of the record.
FIELDS = (
    "version", "flags", "device_serial", "drug", "concentration_ug_per_ml", "minimum_ng_per_day",
    "periodic_ng", "periodic_duration_s", "periodic_interval_s", "limit_1h_ng", "limit_4h_ng",
    "limit_24h_ng", "catheter_mm", "catheter_nl_per_cm", "internal_nl", "reservoir_low_nl",
    "pause_reminder_min", "steps", "profiles",
    "step_weekdays", "step_start_quarter", "basal_ng_per_day",
    "profile_start_quarter", "bolus_ng", "bolus_duration_s", "bolus_lockout_s",
    "bolus_count_per_24h",
)
HEAD_FIELDS = FIELDS[:17]


class Prescription:
    """The fields of one prescription record, by name; no profiles means no patient bolus."""

    def __init__(self, head, steps, profiles):
        (self.version, self.flags, serial, drug, self.concentration_ug_per_ml,
         self.minimum_ng_per_day, self.periodic_ng, self.periodic_duration_s,
         self.periodic_interval_s, self.limit_1h_ng, self.limit_4h_ng, self.limit_24h_ng,
         self.catheter_mm, self.catheter_nl_per_cm, self.internal_nl, self.reservoir_low_nl,
         self.pause_reminder_min) = head
        self.device_serial = serial.split(b"\0")[0]
        self.drug = drug.split(b"\0")[0]
        self.steps = steps
        self.profiles = profiles

    def catheter_nl(self):
        """Volume from the reservoir's outlet to the catheter's tip."""
        return self.catheter_mm * self.catheter_nl_per_cm // 10 + self.internal_nl


def pack(head, steps, profiles):
    """Return the record; `head` holds the values of HEAD_FIELDS, serial and drug as bytes."""
    record = struct.pack(HEAD, *(tuple(head) + (len(steps), len(profiles))))
    for step in steps:
        record += struct.pack(STEP, *step)
    for profile in profiles:
        record += struct.pack(PROFILE, *profile)
    return record


def length(record):
    """Bytes that a record says it has, by its head; 0 if it has none."""
    if len(record) < HEAD_BYTES:
        return 0
    return HEAD_BYTES + record[76] * STEP_BYTES + record[77] * PROFILE_BYTES


def unpack(record):
    """Return the Prescription in `record`, or None if its length is wrong."""
    if not record or len(record) != length(record):
        return None
    head = struct.unpack_from(HEAD, record, 0)
    steps, profiles = [], []
    at = HEAD_BYTES
    for _ in range(head[17]):
        steps.append(struct.unpack_from(STEP, record, at))
        at += STEP_BYTES
    for _ in range(head[18]):
        profiles.append(struct.unpack_from(PROFILE, record, at))
        at += PROFILE_BYTES
    return Prescription(head[:17], steps, profiles)
