"""Tests with generated input, good and broken."""
