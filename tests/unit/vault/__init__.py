"""The vault without an operating system's keyring."""
