"""Settings, their rules, and the set-up file."""
