"""The ledger's parts, each alone, and what SQLite, the disk and a villain may do to it."""
