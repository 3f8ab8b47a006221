"""Tests of the refund screen."""
