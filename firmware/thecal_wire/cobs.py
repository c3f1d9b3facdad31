"""Consistent overhead byte stuffing: a payload without zero bytes.

Zero then marks the end of a frame, so that a reader finds its place again
after any damage at the next zero (Cheshire and Baker, 1999).
"""


def encode(data):
    """Return `data` stuffed, without the closing zero; len grows by 1 in 254."""
    out = bytearray()
    start = 0
    size = len(data)
    while True:
        stop = start
        while stop < size and data[stop] and stop - start < 254:
            stop += 1
        out.append(stop - start + 1)
        out += data[start:stop]
        if stop >= size:
            # A full run of 254 needs no phantom zero after it.
            return bytes(out)
        start = stop if stop - start == 254 else stop + 1


def decode(data):
    """Return the payload of a stuffed frame (without its zero), or None if damaged."""
    out = bytearray()
    at = 0
    size = len(data)
    while at < size:
        code = data[at]
        stop = at + code
        if code == 0 or stop > size:
            return None
        out += data[at + 1:stop]
        at = stop
        if code != 255 and at < size:
            out.append(0)
    return bytes(out)
