"""Tests of real widgets offscreen."""
