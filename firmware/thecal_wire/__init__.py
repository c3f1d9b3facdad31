"""The language that the pump and its host tools share.

Frames, messages, event records, alarm and error codes are defined here once;
the firmware and the host both import this package, and nothing in it imports
anything else of ours. It runs on MicroPython and on CPython.
"""

PROTOCOL_VERSION = 1
FIRMWARE_VERSION = (0, 1, 0)
