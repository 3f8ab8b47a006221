"""The guided job: its data, and the screen by keys."""
