"""Tests of the terminal, from pure values to the whole program."""
