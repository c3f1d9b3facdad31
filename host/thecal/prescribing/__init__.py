"""The prescription: its file, its rules, and old beside new."""
