"""The prescription record as it travels and as it is stored.

Doses are ng, rates ng per day, concentration ug/mL, times s. The device
derives volumes and strokes itself when it commits; the bytes sent are the
bytes kept and read back (SR39).
"""

import struct

VERSION = 1
FORMAT = "<BB12s16sIIIIIHII"
BYTES = 60

# Index in this tuple = `field` of an INVALID_FIELD error.
FIELDS = (
    "version", "flags", "device_serial", "drug", "concentration_ug_per_ml", "basal_ng_per_day",
    "bolus_ng", "bolus_duration_s", "bolus_lockout_s", "bolus_count_per_24h", "dose_limit_ng",
    "dose_window_s",
)


class Prescription:
    """The fields of one prescription record, by name; `bolus_ng` 0 means no patient bolus."""

    def __init__(self, values):
        (self.version, self.flags, serial, drug, self.concentration_ug_per_ml,
         self.basal_ng_per_day, self.bolus_ng, self.bolus_duration_s, self.bolus_lockout_s,
         self.bolus_count_per_24h, self.dose_limit_ng, self.dose_window_s) = values
        self.device_serial = serial.split(b"\0")[0]
        self.drug = drug.split(b"\0")[0]


def pack(device_serial, drug, concentration_ug_per_ml, basal_ng_per_day, bolus_ng,
         bolus_duration_s, bolus_lockout_s, bolus_count_per_24h, dose_limit_ng, dose_window_s):
    """Return the 60-byte record; `device_serial` and `drug` are bytes."""
    return struct.pack(FORMAT, VERSION, 0, device_serial, drug, concentration_ug_per_ml,
                       basal_ng_per_day, bolus_ng, bolus_duration_s, bolus_lockout_s,
                       bolus_count_per_24h, dose_limit_ng, dose_window_s)


def unpack(record):
    """Return the Prescription in `record`, or None if its length is wrong."""
    if len(record) != BYTES:
        return None
    return Prescription(struct.unpack(FORMAT, record))
