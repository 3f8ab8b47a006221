"""Tests that kill the program and compare the books afterwards."""
