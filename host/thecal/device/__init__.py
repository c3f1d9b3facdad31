"""The link to a pump: its bytes, its one reader, and what can be asked over it."""
