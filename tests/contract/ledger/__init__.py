"""One suite for every ledger: the one in memory and the one on SQLite."""
