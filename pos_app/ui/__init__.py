"""Everything the people at the counter see."""
