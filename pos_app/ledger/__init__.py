"""Durable facts: what happened to each payment, chained and never edited."""
