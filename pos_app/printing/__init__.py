"""Slips on the screen, on paper and as files."""
