"""Tests of values and rules: no Qt, no sockets, no disk."""
