"""Use cases: what the terminal can do, told in terms of the domain and its ports."""
