"""Secrets: one key in the keyring, everything else encrypted in files."""
