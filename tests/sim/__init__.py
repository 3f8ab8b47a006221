"""Seeded simulations in virtual time."""
