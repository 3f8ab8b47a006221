"""The practice gateway: a program of its own that imports nothing of ours."""
