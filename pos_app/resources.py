"""Finds the files that ship beside the code: icons, themes, words, tables, the manual."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def resource_path(*parts: str) -> Path:
    """Return the path of one shipped file or folder, e.g. `resource_path("icons", "app.svg")`.

    In a source tree the files lie in `resources/` beside `pos_app/`; a wheel carries the same
    tree as `pos_app/_resources`. The packed tree wins, because it belongs to exactly this code.

    Raises:
        FileNotFoundError: neither tree holds it, which means that the installation is broken.
        ValueError: a part is empty, absolute or climbs out of the tree.
    """
    for part in parts:
        if not part or Path(part).is_absolute() or ".." in Path(part).parts:
            raise ValueError(f"not a name inside the resources: {part!r}")
    for root in (_PACKAGE / "_resources", _PACKAGE.parent / "resources"):
        found = root.joinpath(*parts)
        if root.is_dir() and found.exists():
            return found
    raise FileNotFoundError(f"the installation lacks {'/'.join(parts) or 'its resources'}")
