"""Tests of the use cases over the fake ledger and gateway."""
