"""Logging by subject, with fields from an allow-list and card digits taken out."""
