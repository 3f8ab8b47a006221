"""`override`: a method that overrides nothing any more is an error for mypy.

Only mypy reads the mark. `typing` has it since Python 3.12; loading `typing_extensions` for older
ones would delay the first paint by more than all our own fields together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from typing_extensions import override
else:
    _Method = TypeVar("_Method")

    def override(method: _Method) -> _Method:
        """Return `method` as it is."""
        return method


__all__ = ["override"]
