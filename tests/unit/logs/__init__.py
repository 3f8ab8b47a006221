"""Tests of what may be written to the log."""
