"""Tests of the history screen."""
