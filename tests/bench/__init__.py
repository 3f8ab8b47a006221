"""Measurements against the stated budgets."""
