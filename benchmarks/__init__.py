"""Measurements of a whole installation (``make bench``); never part of the tests."""
