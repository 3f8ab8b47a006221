"""The screen of cards on file, worked by keys."""
