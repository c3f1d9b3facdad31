"""Runs before boot.py and main.py: mounts nothing, formats nothing.

MicroPython's own _boot.py formats the storage when it cannot mount it: it would erase the pump's
log. And a file system is where code could come from that nobody froze.
"""
