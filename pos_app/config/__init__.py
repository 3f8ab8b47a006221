"""Typed settings and the changes between their versions."""
