"""The pieces screens are made of; import each from its own module."""
