"""The guard's own record of limits: written at commit, read by its own code.

Everything in it is a volume, a stroke count or a time, so that a control step
compares small integers only. It carries its own CRC and the CRC of the
prescription it was made from.
"""

import binascii
import struct

VERSION = 1
_FORMAT = "<BxHIIIIIIIIIIHHI"
BYTES = 60

OCCLUSION_PA = 50_000  # a third below the 69 kPa (10 psi) of Open PCA R7.2.0
FREE_FLOW_RAW = 30  # 3.0 uL/min above zero: 7 sigma of the sensor's noise
GATE_NUMERATOR, GATE_DENOMINATOR = 4, 5  # a quarter above the highest rate


def encode(programme, prescription_crc):
    """Return the limits record of a Programme."""
    g = programme
    fast_nl_per_h = g.basal_nl_per_h + g.bolus_nl_per_h
    bolus_interval_ms = g.stroke_pl * 3600 // fast_nl_per_h if g.bolus_nl_per_h else 0
    # Strokes while the bolus runs: its own, basal meanwhile, and one on the way.
    in_bolus = g.bolus_strokes + 1
    if g.interval_ms:
        in_bolus += g.bolus_s * 1000 // g.interval_ms + 1
    body = struct.pack(
        _FORMAT, VERSION, g.count_per_24h, g.stroke_pl, g.pg_per_stroke, g.interval_ms,
        g.interval_ms * GATE_NUMERATOR // GATE_DENOMINATOR,
        bolus_interval_ms * GATE_NUMERATOR // GATE_DENOMINATOR,
        g.bolus_s, g.lockout_s, g.window_s, g.limit_strokes, OCCLUSION_PA,
        g.bolus_strokes, in_bolus, FREE_FLOW_RAW)
    body += struct.pack("<I", prescription_crc)
    return body + struct.pack("<I", binascii.crc32(body))


class Limits:
    """The decoded record. Intervals and gates in ms, 0 = no such flow."""

    def __init__(self, record):
        (_version, self.count_per_24h, self.stroke_pl, self.pg_per_stroke, self.interval_ms,
         self.gate_basal_ms, self.gate_bolus_ms, self.bolus_s, self.lockout_s, self.window_s,
         self.limit_strokes, self.occlusion_pa, self.bolus_strokes, self.strokes_in_bolus,
         self.free_flow_raw) = struct.unpack_from(_FORMAT, record, 0)


def decode(record, prescription_crc):
    """Return the Limits of a record, or None if it is damaged or of another prescription."""
    if len(record) != BYTES or record[0] != VERSION:
        return None
    stored_crc = struct.unpack_from("<II", record, BYTES - 8)
    if stored_crc[0] != prescription_crc:
        return None
    if stored_crc[1] != binascii.crc32(memoryview(record)[:BYTES - 4]):
        return None
    return Limits(record)
