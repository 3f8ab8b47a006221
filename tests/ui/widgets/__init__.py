"""The widgets alone, and a gallery of them to look at."""
