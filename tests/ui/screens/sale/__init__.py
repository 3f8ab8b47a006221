"""The sale screen, by keys alone."""
