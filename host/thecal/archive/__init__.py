"""The event log of a pump: read whole, put in order, decoded."""
