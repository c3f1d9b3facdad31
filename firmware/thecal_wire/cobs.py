"""Consistent overhead byte stuffing: a payload without zero bytes.

Zero then marks the end of a frame, so that a reader finds its place again
after any damage at the next zero (Cheshire and Baker, 1999).
"""


def encode(data):
    """Return `data` stuffed, without the closing zero; len grows by 1 in 254."""
    size = len(data)
    out = bytearray(size + size // 254 + 1)
    head = 0  # where the length of the present run goes
    at = 1
    for byte in data:
        if at - head == 255:
            # A full run has no zero after it, and the last one no empty run either.
            out[head] = 255
            head = at
            at += 1
        if byte:
            out[at] = byte
        else:
            out[head] = at - head
            head = at
        at += 1
    out[head] = at - head
    return bytes(memoryview(out)[:at])


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
