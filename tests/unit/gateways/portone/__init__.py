"""Tests of the PortOne gateway."""
