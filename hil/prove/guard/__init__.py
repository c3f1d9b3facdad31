"""The guard itself, with small parameters, in every order of events; on MicroPython, in the image.

The model imports the firmware, which the bench may not: it stands in tests/model and
runs as a process of its own.
"""
