"""Empty: frozen, so that no boot.py from elsewhere runs in its place."""
