"""Commands of the wiring: they start, stop, carry and restore an installation."""
