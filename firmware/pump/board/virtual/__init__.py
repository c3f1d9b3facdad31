"""The virtual body: every hal call is a message to the rig (thecal_wire.halpipe)."""
