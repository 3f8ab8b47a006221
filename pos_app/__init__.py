"""The key-in card terminal for shops that take orders by telephone."""

__version__ = "0.1.0"
