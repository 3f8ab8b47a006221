"""The only part that knows every other: opens them in order, joins them, closes them again.

Whatever is slow to import (SQLAlchemy, keyring, cryptography, httpx) is imported in the function
that needs it, most of them in a worker thread: the window stands before they are loaded.
"""
