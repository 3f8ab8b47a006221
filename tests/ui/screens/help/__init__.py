"""Help by keys, and the manual held to the program."""
