"""The guard's own record of limits: written at commit, read by its own code.

Everything in it is a volume, a stroke count or a time, so that a control step
compares small integers only. It carries its own CRC and the CRC of the
prescription it was made from.
"""

import binascii
import struct
from array import array

from pump.core import units
from pump.core.envelope import SPAN_QUARTERS, most_meanwhile

VERSION = 2
_HEAD = "<BBHIIIIIIIIIIII"
_HEAD_BYTES = 52
_PROFILE = "<IIIIIHHH"
_PROFILE_BYTES = 26
_MOST_BYTES = 4 * (SPAN_QUARTERS + 1)
WINDOWS = 3

OCCLUSION_PA = 50_000  # 28 % below the 69 kPa (10 psi) of Open PCA R7.2.0
FREE_FLOW_RAW = 30  # 3.0 uL/min above zero: 7 sigma of the sensor's noise
GATE_NUMERATOR, GATE_DENOMINATOR = 4, 5  # a quarter above the highest rate
NO_LIMIT = 0x3FFFFFFF  # a small integer, and above any limit


def gate_ms(stroke_pl, rate_nl_per_h):
    """The least time between strokes at a highest rate, rounded up; 0 = no flow."""
    if rate_nl_per_h == 0:
        return 0
    interval_ms = -(-stroke_pl * 3600 // rate_nl_per_h)
    return -(-interval_ms * GATE_NUMERATOR // GATE_DENOMINATOR)


def encode(programme, prescription_crc):
    """Return the limits record of a Programme."""
    g = programme
    windows = [g.limits[i] if g.limited[i] else NO_LIMIT for i in range(WINDOWS)]
    body = struct.pack(
        _HEAD, VERSION, len(g.profiles), FREE_FLOW_RAW, g.stroke_pl, g.pg_per_stroke,
        g.fast_nl_per_h, gate_ms(g.stroke_pl, g.fast_nl_per_h), g.longest_gap_s(), OCCLUSION_PA,
        windows[0], windows[1], windows[2], g.catheter_nl * 1000 // g.stroke_pl,
        g.longest_lockout_s(), units.interval_down_ms(g.stroke_pl, g.fast_nl_per_h))
    for profile in g.profiles:
        # Strokes while the bolus runs: its own, basal meanwhile, and one on the way.
        meanwhile = most_meanwhile(g.most, g.fast_nl_per_h, profile.s, g.stroke_pl)
        body += struct.pack(
            _PROFILE, profile.s, profile.lockout_s,
            gate_ms(g.stroke_pl, g.fast_nl_per_h + profile.nl_per_h), profile.nl, 0,
            profile.strokes, min(profile.strokes + 1 + meanwhile, 0xFFFF), profile.count_per_24h)
    body += bytes(g.most)
    body += struct.pack("<I", prescription_crc)
    return body + struct.pack("<I", binascii.crc32(body))


class ProfileLimits:
    """What one profile of the patient bolus may do. Times in s, the gate in ms."""

    def __init__(self, record, at):
        (self.s, self.lockout_s, self.gate_ms, self.nl, _zero, self.strokes,
         self.strokes_in_bolus, self.count_per_24h) = struct.unpack_from(_PROFILE, record, at)


class Limits:
    """The decoded record. `windows` are strokes in 1, 4 and 24 h, NO_LIMIT = none."""

    def __init__(self, record):
        (_version, profiles, self.free_flow_raw, self.stroke_pl, self.pg_per_stroke,
         self.fast_nl_per_h, self.gate_ms, self.longest_gap_s, self.occlusion_pa, limit_1h,
         limit_4h, limit_24h, self.prime_strokes, self.longest_lockout_s,
         self.fast_ms) = struct.unpack_from(_HEAD, record, 0)
        self.windows = (limit_1h, limit_4h, limit_24h)
        self.profiles = [ProfileLimits(record, _HEAD_BYTES + _PROFILE_BYTES * i)
                         for i in range(profiles)]
        at = _HEAD_BYTES + _PROFILE_BYTES * profiles
        self.most = array("I", struct.unpack_from("<%dI" % (SPAN_QUARTERS + 1), record, at))


def decode(record, prescription_crc):
    """Return the Limits of a record, or None if it is damaged or of another prescription."""
    if len(record) < _HEAD_BYTES or record[0] != VERSION:
        return None
    if len(record) != _HEAD_BYTES + _PROFILE_BYTES * record[1] + _MOST_BYTES + 8:
        return None
    stored_crc = struct.unpack_from("<II", record, len(record) - 8)
    if stored_crc[0] != prescription_crc:
        return None
    if stored_crc[1] != binascii.crc32(memoryview(record)[:len(record) - 4]):
        return None
    return Limits(record)
