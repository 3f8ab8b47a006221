"""Tests of how a slip is set, painted, saved and printed."""
