"""Power that comes and goes for days: neither overdose nor silence (SR18, SR19, SR62)."""
