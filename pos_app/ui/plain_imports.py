"""Takes PySide6's own hook out of Python's imports.

PySide6 replaces `builtins.__import__`, so that a module may ask for other spellings of Qt's names
(`from __feature__ import snake_case`). To see which modules use Qt, the hook reads the source of
every module that is imported from then on, and `linecache` keeps all of it: with SQLAlchemy behind
the first paint that was a third of the start and of the memory. No module here asks for a feature.
"""

from __future__ import annotations

import builtins


def keep_imports_plain() -> None:
    """Load Qt's core and put back the import that was there before the hook, if there is one."""
    import PySide6.QtCore  # noqa: F401 - loading it sets the hook

    # Left there by shibokensupport/signature/loader.py when it sets the hook.
    original = getattr(builtins, "__orig_import__", None)
    if original is not None:
        builtins.__import__ = original
