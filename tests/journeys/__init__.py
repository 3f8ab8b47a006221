"""Tests of the whole program against the practice gateway."""
