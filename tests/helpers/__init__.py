"""Fakes, builders and guards shared by the tests."""
