"""The pipe between the virtual body and its rig: every hal call is a message.

Request: ``op u8, length u16, payload``. Reply: ``length u16, tick u32,
payload``; every reply brings the present tick (ms modulo 2^29), so asking for
the time needs no message of its own. Little-endian. The rig keeps the order of
messages; given the same replies the firmware sends the same requests.
"""

import struct

SLEEP = 1  # duration_ms u32, watch i16 (NO_WATCH = none) -> wake flags u8
LOOK = 2  # -> LOOK_REPLY
STROKE = 3  # serial u32, mark u32 -> STROKE_REPLY, then count x i16 samples
GATE = 4  # least ms between strokes u32
ENABLE = 5  # u8
FLASH_READ = 6  # address u32, count u16 -> bytes
FLASH_PROGRAM = 7  # address u32, bytes
FLASH_ERASE = 8  # block u16
USB_READ = 9  # most u16 -> bytes
USB_WRITE = 10  # bytes -> accepted u16
BUTTONS = 11  # -> level u8, then edges (tick u32, level u8)
SOUND = 12  # pattern u8
LIGHT = 13  # pattern u8
WALL_GET = 14  # -> Unix time u32, 0 = lost
WALL_SET = 15  # Unix time u32
FEED = 16
SCRATCH_GET = 17  # -> reset cause u8, 3 x u32
SCRATCH_SET = 18  # 3 x u32
RANDOM = 19  # count u16 -> bytes
TRACE = 20  # text
FLASH_BLANK = 21  # address u32, count u16 -> u8, 1 = all bytes are 0xFF

NAMES = ("", "sleep", "look", "stroke", "gate", "enable", "flash_read", "flash_program",
         "flash_erase", "usb_read", "usb_write", "buttons", "sound", "light", "wall_get",
         "wall_set", "feed", "scratch_get", "scratch_set", "random", "trace", "flash_blank")

REQUEST_HEAD = "<BH"
REPLY_HEAD = "<HI"
SLEEP_REQUEST = "<Ih"
NO_WATCH = 0x7FFF
# Flow in 0.1 uL/min, pressure in Pa, encoder counts, temperature in 1/100 degC, battery in mV.
LOOK_REPLY = "<hiHhH"
STROKE_REPLY = "<HHhiB"  # encoder before and after, zero, pressure in Pa, count of samples
NO_FLOW = 0x7FFF  # the flow sensor gave no valid reading
NO_ENCODER = 0xFFFF
NO_PRESSURE = 0x7FFFFFFF
NO_TEMPERATURE = 0x7FFF
NO_BATTERY = 0xFFFF

WAKE_TIME, WAKE_FLOW, WAKE_USB, WAKE_BUTTON = 0, 1, 2, 4

PATTERN_NONE, PATTERN_LOW, PATTERN_MEDIUM, PATTERN_HIGH = 0, 1, 2, 3
PATTERN_GRANTED, PATTERN_REFUSED, PATTERN_STOP = 4, 5, 6


def request(op, payload=b""):
    """Bytes of one request."""
    return struct.pack(REQUEST_HEAD, op, len(payload)) + payload


def reply(tick, payload=b""):
    """Bytes of one reply."""
    return struct.pack(REPLY_HEAD, len(payload), tick) + payload
