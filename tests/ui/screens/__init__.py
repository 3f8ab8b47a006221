"""Screens by keys, over real services and fakes of ledger and gateway."""
