"""Tests of what stands on a slip."""
