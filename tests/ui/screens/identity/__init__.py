"""Tests of the identity check's screen."""
