"""Tests of pure values and use cases: no Qt, sockets or disk."""
