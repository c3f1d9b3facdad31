"""The hardware boundary: hal.py is the contract, pico/ and virtual/ are its two bodies."""
